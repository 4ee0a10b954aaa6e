package dev.skerry.bundle;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * A layer of a container image: a compressed tar that depends on its entries alone. Names are sorted, the time is 0, and all
 * belongs to root but folders that say otherwise.
 */
final class LayerTar {
    private static final int FOLDER_MODE = 0755;

    private final SortedMap<String, Entry> entries = new TreeMap<>();

    /** What lies at a path of the image. */
    private sealed interface Entry {
        record Folder(int mode, int owner) implements Entry {}

        record File(Path content, boolean executable) implements Entry {}

        record Text(String content) implements Entry {}

        record Link(String target) implements Entry {}
    }

    /**
     * A written layer.
     *
     * @param file its compressed bytes
     * @param descriptor of those
     * @param diffId digest of the tar itself
     */
    record Written(Path file, Descriptor descriptor, Digest diffId) {}

    /** A folder with a mode and an owner of its own; others come by themselves with what lies in them. */
    LayerTar folder(String path, int mode, int owner) {
        put(path, new Entry.Folder(mode, owner));
        return this;
    }

    LayerTar file(String path, Path content) {
        put(path, new Entry.File(content, Files.isExecutable(content)));
        return this;
    }

    LayerTar text(String path, String content) {
        put(path, new Entry.Text(content));
        return this;
    }

    /** All below a folder, symbolic links as such. */
    LayerTar tree(String path, Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) walk::iterator) {
                String name = path + (file.equals(folder) ? "" : "/" + folder.relativize(file));
                if (Files.isSymbolicLink(file)) {
                    put(name, new Entry.Link(Files.readSymbolicLink(file).toString()));
                } else if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    put(name, new Entry.Folder(FOLDER_MODE, 0));
                } else {
                    file(name, file);
                }
            }
        }
        return this;
    }

    private void put(String path, Entry entry) {
        for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
            entries.putIfAbsent(path.substring(0, slash), new Entry.Folder(FOLDER_MODE, 0));
        }
        entries.put(path, entry);
    }

    Written write(Path file) throws IOException {
        var plain = Digest.sha256();
        var packed = Digest.sha256();
        try (OutputStream disk = new BufferedOutputStream(Files.newOutputStream(file));
                var gzip = new GZIPOutputStream(new DigestOutputStream(disk, packed), 1 << 16);
                var tar = new TarArchiveOutputStream(new DigestOutputStream(gzip, plain))) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (var entry : entries.entrySet()) {
                add(tar, entry.getKey(), entry.getValue());
            }
            tar.finish();
        }
        var descriptor = new Descriptor(ImageDocument.LAYER_MEDIA, Digest.of(packed), Files.size(file), null, null);
        return new Written(file, descriptor, Digest.of(plain));
    }

    private static void add(TarArchiveOutputStream tar, String path, Entry entry) throws IOException {
        switch (entry) {
            case Entry.Folder(int mode, int owner) -> {
                var header = header(path + "/", TarConstants.LF_DIR, mode);
                header.setIds(owner, owner);
                tar.putArchiveEntry(header);
            }
            case Entry.Link(String target) -> {
                var header = header(path, TarConstants.LF_SYMLINK, 0777);
                header.setLinkName(target);
                tar.putArchiveEntry(header);
            }
            case Entry.File(Path content, boolean executable) -> {
                var header = header(path, TarConstants.LF_NORMAL, executable ? 0755 : 0644);
                header.setSize(Files.size(content));
                tar.putArchiveEntry(header);
                Files.copy(content, tar);
            }
            case Entry.Text(String text) -> {
                byte[] content = text.getBytes(StandardCharsets.UTF_8);
                var header = header(path, TarConstants.LF_NORMAL, 0644);
                header.setSize(content.length);
                tar.putArchiveEntry(header);
                tar.write(content);
            }
        }
        tar.closeArchiveEntry();
    }

    private static TarArchiveEntry header(String path, byte type, int mode) {
        var header = new TarArchiveEntry(path, type);
        header.setMode(mode);
        header.setModTime(0L);
        header.setIds(0, 0);
        header.setNames("", "");
        return header;
    }
}
