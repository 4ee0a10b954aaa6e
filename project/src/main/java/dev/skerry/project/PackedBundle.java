package dev.skerry.project;

import dev.skerry.bundle.Digest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that was written.
 *
 * @param signer id of the key that signed it
 * @param key where that key lies
 * @param bytes of all its files
 * @param goldenVectors how many golden vectors it carries
 * @param fallbackMicros what its fallback model takes here; null where it has none
 */
public record PackedBundle(
        Path file,
        Digest digest,
        String signer,
        Path key,
        long bytes,
        int goldenVectors,
        double goldenTolerance,
        @Nullable Long fallbackMicros) {}
