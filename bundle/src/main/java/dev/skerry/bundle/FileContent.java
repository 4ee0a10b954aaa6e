package dev.skerry.bundle;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of a file to pack: at hand, or on disk where they are too many. */
@FunctionalInterface
public interface FileContent {
    static FileContent of(byte[] bytes) {
        return () -> new ByteArrayInputStream(bytes);
    }

    static FileContent of(Path file) {
        return () -> Files.newInputStream(file);
    }

    /** The content from its start, the same each time. */
    InputStream open() throws IOException;
}
