package dev.skerry.bundle;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A folder as a tar that depends on names, content and executability alone: sorted, owner 0, time 0. */
final class TreeTar {
    private static final int EXECUTABLE_MODE = 0100755;
    private static final int FILE_MODE = 0100644;

    private TreeTar() {}

    static void write(Path tree, String root, Path tar) throws IOException {
        var paths = new TreeMap<String, Path>();
        try (var walk = Files.walk(tree)) {
            walk.forEach(path -> paths.put(root + "/" + tree.relativize(path), path));
        }
        try (var channel = FileChannel.open(tar, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var out = new TarArchiveOutputStream(Channels.newOutputStream(channel));
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (var path : paths.entrySet()) {
                add(out, path.getKey(), path.getValue());
            }
            out.finish();
            out.flush();
            channel.force(true);
        }
    }

    private static void add(TarArchiveOutputStream out, String name, Path path) throws IOException {
        if (Files.isSymbolicLink(path)) {
            // a runtime made by jlink links equal licences to each other
            var link = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
            link.setLinkName(Files.readSymbolicLink(path).toString());
            put(out, link);
        } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            var folder = new TarArchiveEntry(name.endsWith("/") ? name : name + "/");
            folder.setMode(TarArchiveEntry.DEFAULT_DIR_MODE);
            put(out, folder);
        } else {
            var file = new TarArchiveEntry(name);
            file.setSize(Files.size(path));
            file.setMode(Files.isExecutable(path) ? EXECUTABLE_MODE : FILE_MODE);
            neutral(file);
            out.putArchiveEntry(file);
            Files.copy(path, (OutputStream) out);
            out.closeArchiveEntry();
        }
    }

    private static void put(TarArchiveOutputStream out, TarArchiveEntry entry) throws IOException {
        neutral(entry);
        out.putArchiveEntry(entry);
        out.closeArchiveEntry();
    }

    private static void neutral(TarArchiveEntry entry) {
        entry.setModTime(0L);
        entry.setIds(0, 0);
        entry.setNames("", "");
    }
}
