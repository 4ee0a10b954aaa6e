package dev.skerry.firmware;

import java.util.Locale;
import java.util.Optional;

/** The functions that layers are calls of; each in a file of its own, of which only those that are needed are written. */
enum Kernel {
    CONVOLUTION,
    DEPTHWISE,
    FULLY_CONNECTED,
    ADDITION,
    AVERAGE_POOL,
    MAX_POOL,
    SOFTMAX;

    /** The kernel that does {@code layer}; empty where it has a function of its own. */
    static Optional<Kernel> of(Layer layer) {
        return switch (layer) {
            case Layer.Convolution _ -> Optional.of(CONVOLUTION);
            case Layer.Depthwise _ -> Optional.of(DEPTHWISE);
            case Layer.FullyConnected _ -> Optional.of(FULLY_CONNECTED);
            case Layer.Addition _ -> Optional.of(ADDITION);
            case Layer.AveragePool _ -> Optional.of(AVERAGE_POOL);
            case Layer.MaxPool _ -> Optional.of(MAX_POOL);
            case Layer.Softmax _ -> Optional.of(SOFTMAX);
            case Layer.Loops _ -> Optional.empty();
        };
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    String file() {
        return name().toLowerCase(Locale.ROOT) + ".c";
    }
}
