package dev.skerry.bundle;

import java.nio.file.Path;

/** stub */
@SuppressWarnings("DoNotCallSuggester")
public final class BundleWriter {
    private BundleWriter() {}

    /** Packs and signs: a folder in OCI layout, or a tar of it where {@code out} ends in {@code .tar}. */
    public static Bundle write(BundleContent content, SigningKey key, Path out) {
        throw new UnsupportedOperationException("not yet");
    }
}
