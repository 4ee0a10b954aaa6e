package dev.skerry.runtime;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which instructions compiled code may use, by the names that compilers have for them.
 *
 * @see <a href="https://gitlab.com/x86-psABIs/x86-64-ABI">x86-64 psABI, microarchitecture levels</a>
 */
public enum InstructionLevel {
    /** What every x86-64 has. */
    X86_64("x86-64", "x86_64", ""),
    /** AVX2 and what came with it: Haswell, Zen and newer. */
    X86_64_V3("x86-64-v3", "x86_64", "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave sse4_2 popcnt"),
    /** What every 64-bit Arm has. */
    ARMV8("armv8-a", "aarch64", "");

    private final String label;
    private final String arch;
    /** By the names of Linux, with spaces between them. */
    private final String features;

    InstructionLevel(String label, String arch, String features) {
        this.label = label;
        this.arch = arch;
        this.features = features;
    }

    /** As {@code -march} has it. */
    public String label() {
        return label;
    }

    /** As {@link Device#arch} has it. */
    public String arch() {
        return arch;
    }

    /** The one that is written so. */
    public static Optional<InstructionLevel> of(String label) {
        return Arrays.stream(values())
                .filter(level -> level.label.equals(label))
                .findFirst();
    }

    public boolean runsOn(Device device) {
        return arch.equals(device.arch()) && device.features().containsAll(words());
    }

    private List<String> words() {
        return features.isEmpty() ? List.of() : List.of(features.split(" ", -1));
    }

    /** Those that this machine has, the richest first. */
    public static List<InstructionLevel> of(Device device) {
        return Arrays.stream(values())
                .filter(level -> level.runsOn(device))
                .sorted(Comparator.comparingInt(
                                (InstructionLevel level) -> level.words().size())
                        .reversed())
                .toList();
    }
}
