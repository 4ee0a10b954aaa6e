package dev.skerry.cli;

import dev.skerry.model.ModelCost;

/**
 * The smallest class of hardware that holds a model, by its weights and the peak of its activations. An estimate: what a runtime
 * takes for itself and how fast the device is are not in it.
 */
enum Tier {
    MICROCONTROLLER("microcontroller", 1_000_000, 256_000),
    GATEWAY("gateway", 500_000_000, 500_000_000),
    ACCELERATOR("accelerator", Long.MAX_VALUE, Long.MAX_VALUE);

    static final String RULE = "microcontroller: weights up to 1 MB of flash, activations up to 256 kB of RAM; "
            + "gateway: each up to 500 MB; accelerator: more";

    private final String label;
    private final long weightBytes;
    private final long activationBytes;

    Tier(String label, long weightBytes, long activationBytes) {
        this.label = label;
        this.weightBytes = weightBytes;
        this.activationBytes = activationBytes;
    }

    String label() {
        return label;
    }

    static Tier of(ModelCost cost) {
        return of(cost.parameterBytes(), cost.peakActivationBytes());
    }

    /** As INT8, where each float32 becomes a byte. */
    static Tier ofInt8(ModelCost cost) {
        return of(cost.parameterBytes() / 4, cost.peakActivationBytes() / 4);
    }

    private static Tier of(long weights, long activations) {
        for (Tier tier : values()) {
            if (weights <= tier.weightBytes && activations <= tier.activationBytes) {
                return tier;
            }
        }
        return ACCELERATOR;
    }
}
