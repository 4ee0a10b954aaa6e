package dev.skerry.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** A layout in a folder. Links are not followed and not accepted. */
record FolderLayout(Path where, SortedMap<String, Long> sizes) implements Layout {
    private static final Set<String> FOLDERS = Set.of("blobs", "blobs/sha256");

    static FolderLayout read(Path root) throws IOException {
        var sizes = new TreeMap<String, Long>();
        list(root, "", sizes);
        if (!sizes.containsKey(OciDocument.LAYOUT_FILE)) {
            throw notABundle(root);
        }
        return new FolderLayout(root, Collections.unmodifiableSortedMap(sizes));
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(where.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }

    private static void list(Path folder, String prefix, SortedMap<String, Long> sizes) throws IOException {
        try (var children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                String name = prefix + child.getFileName();
                var attributes = Files.readAttributes(child, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isDirectory() && FOLDERS.contains(name)) {
                    list(child, name + "/", sizes);
                } else if (attributes.isRegularFile() && OciDocument.isEntry(name)) {
                    sizes.put(name, attributes.size());
                } else {
                    String why = attributes.isSymbolicLink()
                            ? "it is a symbolic link"
                            : attributes.isOther() ? "it is a device, pipe or socket" : "a bundle has no such file";
                    // an ordinary folder is a wrong path rather than a damaged bundle
                    if (prefix.isEmpty() && !Files.exists(folder.resolve(OciDocument.LAYOUT_FILE))) {
                        throw notABundle(folder);
                    }
                    throw Layout.stranger(name, why, folder);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    private static RuntimeException notABundle(Path root) {
        return CanonicalJson.malformed("not a bundle", root.toString())
                .because("there is no file oci-layout in it")
                .toException();
    }
}
