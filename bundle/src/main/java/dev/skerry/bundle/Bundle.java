package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A packed bundle on disk. Opening reads its documents; the files stay where they are. What is read later is checked against
 * the manifest's digests each time, so that a file cannot change between {@link #verify} and use.
 */
public final class Bundle {
    private final Layout layout;
    private final OciContents contents;

    private Bundle(Layout layout, OciContents contents) {
        this.layout = layout;
        this.contents = contents;
    }

    /** From a folder or tar in OCI layout. Refuses what is malformed; only {@link #verify} says whether to trust it. */
    public static Bundle open(Path path) {
        Layout layout = Layout.open(path);
        return new Bundle(layout, OciContents.read(new DocumentsOf(layout)));
    }

    /** Opens and verifies; a bundle that cannot even be opened is refused too. */
    public static Verification verify(Path path, TrustedKeys trusted) {
        try {
            return BundleVerifier.verify(LayoutSnapshot.read(Layout.open(path)), trusted);
        } catch (ProblemException e) {
            return new Verification.Refused(e.problem(), List.of());
        }
    }

    /** Reads every byte, and says what was checked. */
    public Verification verify(TrustedKeys trusted) {
        Verification verification = verify(layout.where(), trusted);
        if (verification instanceof Verification.Verified(Digest found, List<String> signers, List<String> checks)
                && !found.equals(digest())) {
            return new Verification.Refused(
                    Problem.gate("bundle.replaced", "another bundle took its place since it was opened")
                            .at(layout.where().toString())
                            .because(found + " instead of " + digest())
                            .attempt("the command again"),
                    checks);
        }
        return verification;
    }

    /** Of the OCI manifest, and so of all content; the bundle's identity. */
    public Digest digest() {
        return contents.bundle().digest();
    }

    public BundleManifest manifest() {
        return contents.manifest();
    }

    /** Sizes of the files in bytes, by name. */
    public SortedMap<String, Long> files() {
        var sizes = new TreeMap<String, Long>();
        contents.files().forEach((name, file) -> sizes.put(name, file.size()));
        return Collections.unmodifiableSortedMap(sizes);
    }

    /** The content of a file. A problem where there is no such file or its bytes are not those that were packed. */
    public byte[] file(String name) {
        Descriptor file = contents.files().get(name);
        if (file == null) {
            throw Problem.usage("bundle.no-file", "the bundle has no file " + FileName.quoted(name))
                    .at(layout.where().toString())
                    .because("it has " + String.join(", ", contents.files().keySet()))
                    .attempt(Suggestion.nearest(name, contents.files().keySet())
                            .orElse(contents.files().firstKey()))
                    .toException();
        }
        byte[] bytes;
        try (InputStream in = content(file).open()) {
            bytes = in.readNBytes(Math.toIntExact(file.size()));
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unreadable", "cannot read the bundle", layout.where());
        }
        if (!Digest.of(bytes).equals(file.digest())) {
            throw damaged(name);
        }
        return bytes;
    }

    /**
     * Puts the files and {@link BundleManifest#FILE} into a folder of {@code cache} that is named by the digest, and returns
     * that folder. What is there already and whole is used as it is; it appears complete or not at all.
     */
    public Path unpack(Path cache) {
        Path folder = cache.resolve("sha256-" + digest().hex());
        try {
            if (isWhole(folder)) {
                return folder;
            }
            try (Staging staging = Staging.beside(folder, () -> {})) {
                try (LayoutSink sink = LayoutSink.of(staging, false)) {
                    byte[] manifest = manifest().bytes();
                    sink.put(BundleManifest.FILE, manifest.length, FileContent.of(manifest));
                    for (var entry : contents.files().entrySet()) {
                        Descriptor file = entry.getValue();
                        if (!sink.put(entry.getKey(), file.size(), content(file))
                                .equals(file.digest())) {
                            throw damaged(entry.getKey());
                        }
                    }
                }
                // another process may have been faster, and somebody may use its folder by now
                if (!isWhole(folder)) {
                    staging.publish();
                }
            }
            return folder;
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unpack", "cannot unpack the bundle", folder);
        }
    }

    /**
     * Makes a folder of links to the blobs by their files' names, {@link BundleManifest#FILE} among them.
     *
     * @param layout the bundle's folder, as seen from {@code folder}
     */
    void link(Path folder, Path layout) throws IOException {
        Files.createDirectories(folder);
        for (var blob : blobs().entrySet()) {
            Files.createSymbolicLink(
                    folder.resolve(blob.getKey()),
                    layout.resolve(blob.getValue().path()));
        }
    }

    private SortedMap<String, Descriptor> blobs() {
        var blobs = new TreeMap<String, Descriptor>(contents.files());
        blobs.put(BundleManifest.FILE, contents.config());
        return blobs;
    }

    /**
     * Holds a folder to be this bundle's files under their names, each a link to the blob itself, as
     * {@link Standalone} makes it. So nothing has to be unpacked at a start, and what was verified is what is read.
     */
    public void requireLinked(Path folder) {
        for (var blob : blobs().entrySet()) {
            Path link = folder.resolve(blob.getKey());
            try {
                if (Files.isSameFile(
                        link, layout.where().resolve(blob.getValue().path()))) {
                    continue;
                }
            } catch (IOException e) {
                throw BundleFailure.of(e, "bundle.unreadable", "cannot read the bundle's files", link);
            }
            throw LayoutSnapshot.damaged(blob.getKey() + " is not the bundle's own", link.toString())
                    .toException();
        }
    }

    private boolean isWhole(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        var expected = new TreeMap<String, Digest>();
        expected.put(BundleManifest.FILE, contents.config().digest());
        contents.files().forEach((name, file) -> expected.put(name, file.digest()));
        try (var children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                @Nullable Digest digest = expected.remove(child.getFileName().toString());
                if (digest == null || !Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)) {
                    return false;
                }
                try (InputStream in = Files.newInputStream(child)) {
                    if (!Digest.of(in).equals(digest)) {
                        return false;
                    }
                }
            }
        } catch (NoSuchFileException | DirectoryIteratorException replaced) {
            // another process puts its own in the place of this one just now
            return false;
        }
        return expected.isEmpty();
    }

    private FileContent content(Descriptor file) {
        if (!layout.sizes().getOrDefault(file.path(), -1L).equals(file.size())) {
            throw damaged(file.path());
        }
        return () -> layout.open(file.path());
    }

    private ProblemException damaged(String name) {
        return LayoutSnapshot.damaged(
                        name + " is not what was packed", layout.where().toString())
                .toException();
    }

    /** Documents straight from the layout. */
    private record DocumentsOf(Layout layout) implements OciContents.Documents {
        @Override
        public String where() {
            return layout.where().toString();
        }

        @Override
        public byte[] document(String name) {
            if (!layout.sizes().containsKey(name)) {
                throw LayoutSnapshot.damaged(name + " is missing", where()).toException();
            }
            byte[] bytes;
            try (InputStream in = layout.open(name)) {
                bytes = in.readNBytes(OciDocument.LARGEST_DOCUMENT_BYTES + 1);
            } catch (IOException e) {
                throw BundleFailure.of(e, "bundle.unreadable", "cannot read the bundle", layout.where());
            }
            if (bytes.length > OciDocument.LARGEST_DOCUMENT_BYTES) {
                throw CanonicalJson.malformed("larger than any document of a bundle", name)
                        .toException();
            }
            return bytes;
        }
    }
}
