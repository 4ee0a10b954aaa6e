package dev.skerry.bundle;

import dev.skerry.problem.ProblemException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a container image is whole, from somebody trusted, and harmless to start: no root, no device, no file that
 * grants rights, no entry that hides or leads out. The bundle within is verified as one.
 */
final class ImageVerifier {
    /** More than any image of ours; a layer that unpacks to more is an attack. */
    private static final long MOST_LAYER_BYTES = 8L << 30;

    private static final String BUNDLE = ContainerImage.HOME.substring(1) + "/" + HostTree.BUNDLE + "/";
    private static final Set<Integer> OWNERS = Set.of(0, ContainerImage.USER);
    private static final int SET_IDS = 06000;
    private static final int WRITABLE_BY_ALL = 0002;
    private static final int STICKY = 01000;

    private final Layout layout;
    private final TrustedKeys trusted;
    private final LayoutCheck check;
    private final Set<Digest> read = new TreeSet<>();

    private ImageVerifier(Layout layout, TrustedKeys trusted) {
        this.layout = layout;
        this.trusted = trusted;
        this.check = new LayoutCheck(LayoutSnapshot.read(layout), trusted);
    }

    static Verification verify(Layout layout, TrustedKeys trusted) {
        var verifier = new ImageVerifier(layout, trusted);
        try {
            return verifier.verify();
        } catch (ProblemException e) {
            return new Verification.Refused(e.problem(), verifier.check.checks());
        } catch (IOException e) {
            return new Verification.Refused(
                    BundleFailure.of(e, "bundle.unreadable", "cannot read the image", layout.where())
                            .problem(),
                    verifier.check.checks());
        }
    }

    private Verification verify() throws IOException {
        LayoutSnapshot snapshot = check.snapshot();
        check.blobsMatchTheirNames();
        ImageDocument.Index index = ImageDocument.Index.parse(snapshot.document(OciDocument.INDEX_FILE));
        OciContents.requireSame(
                snapshot.document(OciDocument.LAYOUT_FILE), OciDocument.LAYOUT, OciDocument.LAYOUT_FILE);
        check.passed("layout: OCI image layout 1.0.0, one image in the index, tag " + index.tag());
        List<String> signers = check.signatures(index.image(), index.signatures());
        check.list(index.image());
        var image = ImageDocument.Image.parse(
                snapshot.document(index.image()), "image " + index.image().digest());
        if (image.manifests().isEmpty()) {
            throw ContainerImage.unfit(
                            "the image has no platform", layout.where().toString())
                    .toException();
        }
        check.passed("image: " + index.image().digest() + ", for "
                + String.join(
                        ", ",
                        image.manifests().keySet().stream()
                                .map(platform -> "linux/" + platform.architecture())
                                .toList()));
        for (var platform : image.manifests().entrySet()) {
            verify(platform.getKey(), platform.getValue());
        }
        check.nothingUnlisted();
        return new Verification.Verified(index.image().digest(), signers, check.checks());
    }

    private void verify(Platform platform, Descriptor descriptor) throws IOException {
        String where = "linux/" + platform.architecture();
        check.list(descriptor);
        var manifest = ImageDocument.Manifest.parse(check.snapshot().document(descriptor), where + " manifest");
        check.list(manifest.config());
        var config = ImageDocument.Config.parse(check.snapshot().document(manifest.config()), where + " config");
        if (config.platform() != platform
                || config.contents().size() != manifest.layers().size()) {
            throw CanonicalJson.malformed("config and manifest don't belong together", where)
                    .toException();
        }
        requireHarmless(config, where);
        check.passed(where + ": manifest " + descriptor.digest() + ", config "
                + manifest.config().digest());
        check.passed(where + ": runs as user " + config.user() + ", writes to " + String.join(", ", config.volumes())
                + " only");
        for (int i = 0; i < manifest.layers().size(); i++) {
            verifyLayer(
                    manifest.layers().get(i),
                    config.contents().get(i),
                    config.labels().get("dev.skerry.bundle"),
                    where);
        }
    }

    private static void requireHarmless(ImageDocument.Config config, String where) {
        String user = config.user().replaceFirst(":.*", "");
        if (!user.matches("[1-9][0-9]{0,9}")) {
            throw ContainerImage.unfit("the image runs as root, or as a user without number", where)
                    .because("its user is " + FileName.quoted(config.user()))
                    .toException();
        }
    }

    private void verifyLayer(Descriptor layer, ImageDocument.Content content, @Nullable String bundle, String where)
            throws IOException {
        check.list(layer);
        if (read.add(layer.digest())) {
            Path unpacked = Files.createTempDirectory("skerry-verify");
            try {
                int files = readLayer(layer, content, unpacked);
                check.passed("layer: " + content.what() + ", " + files + " entries, " + layer.size() + " bytes, "
                        + layer.digest());
                if (Files.exists(unpacked.resolve(OciDocument.LAYOUT_FILE))) {
                    verifyBundle(unpacked, bundle);
                }
            } finally {
                Staging.delete(unpacked);
            }
        } else {
            check.passed(where + ": layer " + content.what() + ", the same");
        }
    }

    private void verifyBundle(Path unpacked, @Nullable String expected) {
        switch (Bundle.verify(unpacked, trusted)) {
            case Verification.Verified verified -> {
                if (!verified.digest().text().equals(expected)) {
                    throw ContainerImage.unfit(
                                    "the bundle in the image isn't the one on its label",
                                    layout.where().toString())
                            .because(verified.digest() + " instead of " + expected)
                            .toException();
                }
                check.passed("bundle: " + verified.digest() + ", signed by " + String.join(", ", verified.signers()));
            }
            case Verification.Refused refused -> throw refused.problem().toException();
        }
    }

    private int readLayer(Descriptor layer, ImageDocument.Content content, Path unpacked) throws IOException {
        var digest = Digest.sha256();
        int entries = 0;
        String last = "";
        try (InputStream blob = layout.open(layer.path());
                var plain =
                        new DigestInputStream(new Bounded(new GZIPInputStream(new BufferedInputStream(blob))), digest);
                var tar = new TarArchiveInputStream(plain)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                String name = entry.getName().replaceFirst("/$", "");
                requireHarmless(entry, content.what());
                if (name.compareTo(last) <= 0) {
                    throw ContainerImage.unfit("entries of a layer aren't sorted, or one occurs twice", content.what())
                            .because(FileName.quoted(name))
                            .toException();
                }
                last = name;
                entries++;
                if (name.startsWith(BUNDLE)
                        && entry.getLinkFlag() == TarConstants.LF_NORMAL
                        && OciDocument.isEntry(name.substring(BUNDLE.length()))) {
                    Path file = unpacked.resolve(name.substring(BUNDLE.length()));
                    Files.createDirectories(file.toAbsolutePath().getParent());
                    Files.copy(tar, file);
                }
            }
            plain.transferTo(java.io.OutputStream.nullOutputStream());
        }
        if (!Digest.of(digest).equals(content.diffId())) {
            throw LayoutSnapshot.damaged("a layer's tar has another digest than the config says", content.what())
                    .toException();
        }
        return entries;
    }

    private static void requireHarmless(TarArchiveEntry entry, String layer) {
        String name = entry.getName();
        String plain = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
        String file = plain.substring(plain.lastIndexOf('/') + 1);
        boolean path = !plain.isEmpty()
                && !plain.startsWith("/")
                && List.of(plain.split("/", -1)).stream()
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."))
                && plain.chars().allMatch(c -> c >= ' ' && c <= '~');
        String why;
        if (!path) {
            why = "its name leads elsewhere";
        } else if (file.startsWith(".wh.")) {
            why = "it hides what lies in a lower layer";
        } else if (!(entry.isDirectory() || entry.isSymbolicLink() || entry.getLinkFlag() == TarConstants.LF_NORMAL)) {
            why = "it is no file, folder or symbolic link";
        } else if ((entry.getMode() & SET_IDS) != 0) {
            why = "it would run with its owner's rights";
        } else if (!entry.isSymbolicLink()
                && (entry.getMode() & WRITABLE_BY_ALL) != 0
                && !(entry.isDirectory() && (entry.getMode() & STICKY) != 0)) {
            why = "everybody may write to it";
        } else if (!OWNERS.contains((int) entry.getLongUserId())
                || !entry.isDirectory() && entry.getLongUserId() != 0) {
            why = "it belongs to the user that runs, or to a stranger";
        } else {
            return;
        }
        throw ContainerImage.unfit("a layer has an entry that images of ours don't", layer)
                .because(FileName.quoted(name) + ": " + why)
                .toException();
    }

    /** Ends with an error where more comes than any layer has. */
    private static final class Bounded extends FilterInputStream {
        private long left = MOST_LAYER_BYTES;

        Bounded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            count(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int got = super.read(bytes, offset, length);
            count(Math.max(got, 0));
            return got;
        }

        private void count(int bytes) throws IOException {
            left -= bytes;
            if (left < 0) {
                throw new IOException("a layer unpacks to more than " + MOST_LAYER_BYTES + " bytes");
            }
        }
    }
}
