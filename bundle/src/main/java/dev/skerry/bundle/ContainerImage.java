package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A container image of a bundle, for one platform or more, written without a daemon and signed like a bundle. It has no
 * distribution in it, and no shell: the C library and what else is linked with, a Java runtime, Skerry, the bundle.
 */
public final class ContainerImage {
    /** Belongs to nobody, as in other images without a distribution. */
    static final int USER = 65532;

    static final String HOME = "/opt/skerry";
    static final String STATE = "/var/lib/skerry";

    private ContainerImage() {}

    /**
     * One platform of an image.
     *
     * @param jdk of that platform
     * @param base root of a Linux system of that platform, whose C library goes along
     * @param emulator a command that runs that platform's programs here, given {@code base} by {@code -L}; null where this
     *     machine runs them, or nothing does: then no archive of classes is made
     */
    public record Variant(
            Platform platform,
            Path jdk,
            Path base,
            @Nullable String emulator) {}

    /**
     * What goes into an image.
     *
     * @param bundle packed before, folder or tar
     * @param variants one for each platform
     * @param jars everything that the main class needs
     * @param modules of the JDK
     * @param arguments of the main class, as in {@link Standalone.Request}
     * @param trusted the public key that the bundle must be signed by on the device
     * @param source where the bundle's source starts from here, for a moment's run
     * @param out a folder in OCI layout, or a tar of it where it ends in {@code .tar}
     */
    public record Request(
            Path bundle,
            List<Variant> variants,
            List<Path> jars,
            SortedSet<String> modules,
            String mainClass,
            List<String> arguments,
            Footprint footprint,
            Path trusted,
            Path source,
            Path out) {
        public Request {
            jars = List.copyOf(jars);
            variants = List.copyOf(variants);
            arguments = List.copyOf(arguments);
        }
    }

    /** An image on the disk: the digest that engines show and that is signed, and the tag that they find it by. */
    public record Written(Digest digest, String tag, long bytes, SortedMap<Platform, List<Layer>> layers) {}

    /** A layer's content in words, and its compressed size. */
    public record Layer(String what, Digest digest, long bytes) {}

    /**
     * Writes it; an earlier image at that place is replaced.
     *
     * @param progress told what is being done
     * @throws dev.skerry.problem.ProblemException {@code image.base}, {@code standalone.*}, or what writing a bundle throws
     */
    public static Written write(Request request, SigningKey key, Consumer<String> progress) {
        Bundle bundle = Bundle.open(request.bundle);
        boolean tar = BundleWriter.isTar(request.out);
        BundleWriter.requireReplaceable(request.out, tar);
        try (Staging staging = Staging.beside(request.out, () -> {})) {
            var blobs = new TreeMap<String, FileContent>();
            var sizes = new TreeMap<String, Long>();
            var manifests = new TreeMap<Platform, Descriptor>();
            var layers = new TreeMap<Platform, List<Layer>>();
            var annotations = labels(bundle);
            for (Variant variant : request.variants) {
                Path scratch = Files.createDirectories(staging.scratch().resolve(variant.platform.id()));
                var image = new VariantImage(request, variant, bundle, scratch, progress).make();
                var descriptors = new ArrayList<Descriptor>();
                var shown = new ArrayList<Layer>();
                image.layers().forEach((what, layer) -> {
                    descriptors.add(layer.descriptor());
                    shown.add(new Layer(
                            what,
                            layer.descriptor().digest(),
                            layer.descriptor().size()));
                    blobs.put(layer.descriptor().path(), FileContent.of(layer.file()));
                    sizes.put(layer.descriptor().path(), layer.descriptor().size());
                });
                layers.put(variant.platform, shown);
                Descriptor config = add(
                        blobs,
                        sizes,
                        ImageDocument.CONFIG_MEDIA,
                        null,
                        image.config().bytes());
                byte[] manifest = new ImageDocument.Manifest(config, descriptors, annotations).bytes();
                manifests.put(variant.platform, add(blobs, sizes, OciDocument.MANIFEST_MEDIA, null, manifest));
            }
            byte[] index = new ImageDocument.Image(manifests, annotations).bytes();
            Descriptor image = add(blobs, sizes, OciDocument.INDEX_MEDIA, null, index);
            String tag = ImageDocument.tag(bundle.manifest().version());
            sign(image, tag, key, blobs, sizes);
            progress.accept("writing " + request.out);
            try (LayoutSink sink = LayoutSink.of(staging, tar)) {
                for (var blob : blobs.entrySet()) {
                    Digest written =
                            sink.put(blob.getKey(), Objects.requireNonNull(sizes.get(blob.getKey())), blob.getValue());
                    if (blob.getKey().startsWith(OciDocument.BLOBS)
                            && !blob.getKey().endsWith(written.hex())) {
                        throw new IOException("a layer changed while it was written");
                    }
                }
            }
            Staging.delete(staging.scratch());
            staging.publish();
            long bytes = sizes.values().stream().mapToLong(Long::longValue).sum();
            return new Written(image.digest(), tag, bytes, layers);
        } catch (IOException e) {
            throw BundleFailure.of(e, "image.unwritable", "cannot write the image", request.out);
        }
    }

    private static void sign(
            Descriptor image,
            String tag,
            SigningKey key,
            SortedMap<String, FileContent> blobs,
            SortedMap<String, Long> sizes) {
        add(blobs, sizes, OciDocument.EMPTY_MEDIA, null, OciDocument.EMPTY);
        Descriptor envelope = add(
                blobs,
                sizes,
                OciDocument.ENVELOPE_MEDIA,
                null,
                Envelope.sign(image, key).bytes());
        Descriptor signature = add(
                blobs,
                sizes,
                OciDocument.MANIFEST_MEDIA,
                OciDocument.SIGNATURE_TYPE,
                OciDocument.signatureManifest(image, envelope));
        put(blobs, sizes, OciDocument.LAYOUT_FILE, OciDocument.LAYOUT);
        put(blobs, sizes, OciDocument.INDEX_FILE, new ImageDocument.Index(image, tag, List.of(signature)).bytes());
    }

    private static Descriptor add(
            SortedMap<String, FileContent> blobs,
            SortedMap<String, Long> sizes,
            String media,
            @Nullable String artifact,
            byte[] bytes) {
        Descriptor descriptor = Descriptor.of(media, artifact, bytes);
        put(blobs, sizes, descriptor.path(), bytes);
        return descriptor;
    }

    private static void put(
            SortedMap<String, FileContent> blobs, SortedMap<String, Long> sizes, String name, byte[] bytes) {
        blobs.put(name, FileContent.of(bytes));
        sizes.put(name, (long) bytes.length);
    }

    static SortedMap<String, String> labels(Bundle bundle) {
        var labels = new TreeMap<String, String>();
        labels.put("org.opencontainers.image.title", bundle.manifest().name());
        labels.put("org.opencontainers.image.version", bundle.manifest().version());
        labels.put("dev.skerry.bundle", bundle.digest().text());
        return labels;
    }

    /** Whether a path is a layout, or a tar of one, that leads to a container image. */
    public static boolean isOne(Path path) {
        boolean tar = Files.isRegularFile(path);
        if (!tar && !Files.isRegularFile(path.resolve(OciDocument.INDEX_FILE))) {
            return false;
        }
        try {
            Layout layout = Layout.open(path);
            if (layout.sizes().getOrDefault(OciDocument.INDEX_FILE, Long.MAX_VALUE)
                    > OciDocument.LARGEST_DOCUMENT_BYTES) {
                return false;
            }
            try (InputStream in = layout.open(OciDocument.INDEX_FILE)) {
                return ImageDocument.leadsToImage(in.readAllBytes());
            }
        } catch (IOException | dev.skerry.problem.ProblemException unreadable) {
            return false;
        }
    }

    /** By what tag engines find the image in a layout that {@link #isOne}. */
    public static String tag(Path path) {
        Layout layout = Layout.open(path);
        try (InputStream in = layout.open(OciDocument.INDEX_FILE)) {
            return ImageDocument.Index.parse(in.readNBytes(OciDocument.LARGEST_DOCUMENT_BYTES))
                    .tag();
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unreadable", "cannot read the image", path);
        }
    }

    /** Reads every byte, the layers' contents and the bundle in them included, and says what was checked. */
    public static Verification verify(Path path, TrustedKeys trusted) {
        try {
            return ImageVerifier.verify(Layout.open(path), trusted);
        } catch (dev.skerry.problem.ProblemException e) {
            return new Verification.Refused(e.problem(), List.of());
        }
    }

    /** A problem for what no container engine should start. */
    static Problem unfit(String what, String where) {
        return Problem.gate("image.unfit", what).at(where).attempt("skerry pack --image, which writes none such");
    }
}
