package dev.skerry.runtime;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Machines on which the same choice of a runtime is to be expected: of one architecture, with the instructions that runtimes have
 * kernels of their own for. Their speeds differ, and which runtime is the fastest should not.
 *
 * @param features by the names of Linux
 */
public record DeviceClass(String arch, SortedSet<String> features) {
    /** What ONNX Runtime's MLAS, XNNPACK and compiled code choose their kernels by. */
    private static final List<String> TELLING = List.of(
            "sse4_1",
            "avx",
            "f16c",
            "fma",
            "avx2",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx_vnni",
            "avx512_bf16",
            "avx512_fp16",
            "amx_int8",
            "amx_bf16",
            "neon",
            "asimd",
            "asimdhp",
            "asimddp",
            "i8mm",
            "bf16",
            "sve",
            "sve2",
            "sme");

    public DeviceClass {
        features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
    }

    public static DeviceClass of(Device device) {
        var telling = new TreeSet<>(device.features());
        telling.retainAll(TELLING);
        return new DeviceClass(device.arch(), telling);
    }

    /** {@code x86_64 avx2 avx512_vnni}: the architecture, and what it has. */
    public String label() {
        return features.isEmpty() ? arch : arch + " " + String.join(" ", features);
    }
}
