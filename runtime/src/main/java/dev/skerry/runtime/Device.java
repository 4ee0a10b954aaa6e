package dev.skerry.runtime;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A machine as far as inference cares.
 *
 * @param arch {@code x86_64}, {@code aarch64}, {@code arm}, or what the JVM says
 * @param cpu the processor's name, for people
 * @param cores that this process may use
 * @param memoryBytes of the machine; 0 where it isn't known
 * @param features what all cores can do, by the names of Linux: {@code avx2}, {@code avx512_vnni}, {@code asimddp}
 */
public record Device(String arch, String cpu, int cores, long memoryBytes, SortedSet<String> features) {
    public Device {
        features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
    }

    public boolean has(String feature) {
        return features.contains(feature);
    }

    public boolean isX86() {
        return arch.equals("x86_64") || arch.equals("x86");
    }

    public boolean isArm() {
        return arch.equals("aarch64") || arch.equals("arm");
    }

    /** Whether x86 multiplies bytes and adds into 32 bits in one instruction, without saturating in between. */
    public boolean hasVnni() {
        return isX86() && (has("avx512_vnni") || has("avx_vnni"));
    }

    /** Whether Arm does so: SDOT and UDOT of ARMv8.2. */
    public boolean hasDotProduct() {
        return isArm() && has("asimddp");
    }

    /** Whether there are matrix instructions for bytes: AMX, or I8MM of ARMv8.6. */
    public boolean hasInt8MatrixMultiply() {
        return isX86() && has("amx_int8") || isArm() && has("i8mm");
    }

    /**
     * Whether products of unsigned and signed bytes may saturate at 16 bits (VPMADDUBSW), so that 8-bit weights beside unsigned
     * activations lose accuracy: x86 without VNNI.
     */
    public boolean saturatesInt8() {
        return isX86() && !hasVnni();
    }
}
