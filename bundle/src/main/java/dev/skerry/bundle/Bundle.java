package dev.skerry.bundle;

import java.nio.file.Path;
import java.util.SortedMap;

/** stub */
@SuppressWarnings("DoNotCallSuggester")
public final class Bundle {
    private Bundle() {}

    /** From a folder or tar in OCI layout. Refuses what is malformed; only {@link #verify} says whether it can be trusted. */
    public static Bundle open(Path path) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Opens and verifies; a bundle that cannot even be opened is refused too. */
    public static Verification verify(Path path, TrustedKeys trusted) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Checks every byte. */
    public Verification verify(TrustedKeys trusted) {
        throw new UnsupportedOperationException("not yet");
    }

    /** Of the OCI manifest: the bundle's identity. */
    public Digest digest() {
        throw new UnsupportedOperationException("not yet");
    }

    public BundleManifest manifest() {
        throw new UnsupportedOperationException("not yet");
    }

    /** Sizes of the files by name. */
    public SortedMap<String, Long> files() {
        throw new UnsupportedOperationException("not yet");
    }

    /** The content of a file, checked against its digest. */
    public byte[] file(String name) {
        throw new UnsupportedOperationException("not yet " + name);
    }

    /** Puts the files and {@code bundle.json} into {@code cache/<digest>}, atomically, and returns that folder; uses it as it is where it is whole. */
    public Path unpack(Path cache) {
        throw new UnsupportedOperationException("not yet " + cache);
    }
}
