package dev.skerry.runtime;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which instructions compiled code may use, by the names that compilers have for them.
 *
 * @see <a href="https://gitlab.com/x86-psABIs/x86-64-ABI">x86-64 psABI, microarchitecture levels</a>
 */
public enum InstructionLevel {
    /** What every x86-64 has. */
    X86_64("x86-64", "x86_64", Set.of()),
    /** AVX2 and what came with it: Haswell, Zen and newer. */
    X86_64_V3(
            "x86-64-v3",
            "x86_64",
            Set.of("avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave", "sse4_2", "popcnt")),
    /** What every 64-bit Arm has. */
    ARMV8("armv8-a", "aarch64", Set.of());

    private final String label;
    private final String arch;
    private final Set<String> features;

    InstructionLevel(String label, String arch, Set<String> features) {
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
        return arch.equals(device.arch()) && device.features().containsAll(features);
    }

    /** Those that this machine has, the richest first. */
    public static List<InstructionLevel> of(Device device) {
        return Arrays.stream(values())
                .filter(level -> level.runsOn(device))
                .sorted(Comparator.comparingInt((InstructionLevel level) -> level.features.size())
                        .reversed())
                .toList();
    }
}
