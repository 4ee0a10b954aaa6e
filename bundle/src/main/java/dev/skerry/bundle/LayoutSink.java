package dev.skerry.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;

/** Takes the files of a layout one after another, as a folder or as a tar, and forces them to the disk. */
sealed interface LayoutSink extends AutoCloseable {
    /** Writes one file and returns its digest; the content has exactly {@code size} bytes, or this throws. */
    Digest put(String name, long size, FileContent content) throws IOException;

    @Override
    void close() throws IOException;

    static LayoutSink of(Staging staging, boolean tar) throws IOException {
        staging.beforeChange();
        return tar ? new Tar(staging) : new Folder(staging);
    }

    /** Copies, counts and digests. */
    static Digest copy(FileContent content, long size, OutputStream out) throws IOException {
        MessageDigest digest = Digest.sha256();
        try (InputStream in = content.open()) {
            long copied = in.transferTo(new DigestOutputStream(out, digest));
            if (copied != size) {
                throw new IOException("a file changed from " + size + " to " + copied + " bytes while it was packed");
            }
        }
        return Digest.of(digest);
    }

    final class Folder implements LayoutSink {
        private final Staging staging;

        Folder(Staging staging) throws IOException {
            this.staging = staging;
            Files.createDirectories(staging.content());
        }

        @Override
        public Digest put(String name, long size, FileContent content) throws IOException {
            staging.beforeChange();
            Path file = staging.content().resolve(name);
            Path folder = file.getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                Digest digest = copy(content, size, Channels.newOutputStream(channel));
                channel.force(true);
                return digest;
            }
        }

        @Override
        public void close() {}
    }

    final class Tar implements LayoutSink {
        private final Staging staging;
        private final FileChannel channel;
        private final OutputStream out;

        Tar(Staging staging) throws IOException {
            this.staging = staging;
            channel = FileChannel.open(staging.content(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            out = Channels.newOutputStream(channel);
        }

        @Override
        public Digest put(String name, long size, FileContent content) throws IOException {
            staging.beforeChange();
            if (size > TarFormat.LARGEST_FILE_BYTES) {
                throw new IOException("a file of " + size + " bytes is too large for a tar; pack into a folder");
            }
            out.write(TarFormat.header(name, size));
            Digest digest = copy(content, size, out);
            TarFormat.writeZeros(out, TarFormat.padding(size));
            return digest;
        }

        /** Ends the archive; an archive that could not be completed is thrown away with its staging place anyway. */
        @Override
        public void close() throws IOException {
            try (channel) {
                staging.beforeChange();
                TarFormat.writeZeros(out, TarFormat.END_BYTES);
                channel.force(true);
            }
        }
    }
}
