package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Packs and signs. The same content and key give the same bytes, in a folder as in a tar: nothing depends on time, owner,
 * order or machine.
 */
public final class BundleWriter {
    private BundleWriter() {}

    /**
     * Writes a folder in OCI layout, or a tar of it where {@code out} ends in {@code .tar}; replaces a bundle that is there.
     * Until all of it is on the disk, {@code out} stays as it was. A problem where {@code out} is something else than a
     * bundle, cannot be written, or the disk is full.
     */
    public static Bundle write(BundleContent content, SigningKey key, Path out) {
        return write(content, key, out, () -> {});
    }

    static Bundle write(BundleContent content, SigningKey key, Path out, Runnable beforeChange) {
        boolean tar = isTar(out);
        requireReplaceable(out, tar);
        SortedMap<String, Blob> files = layoutFiles(content, key);
        try (Staging staging = Staging.beside(out, beforeChange)) {
            try (LayoutSink sink = LayoutSink.of(staging, tar)) {
                for (var file : files.entrySet()) {
                    Blob blob = file.getValue();
                    if (!sink.put(file.getKey(), blob.size, blob.content).equals(blob.digest)) {
                        throw new IOException("a file changed while it was packed");
                    }
                }
            }
            staging.publish();
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unwritable", "cannot write the bundle", out);
        }
        return Bundle.open(out);
    }

    static boolean isTar(Path out) {
        return out.toString().endsWith(".tar");
    }

    /** Bytes to write, measured. */
    private record Blob(FileContent content, long size, Digest digest) {
        static Blob of(byte[] bytes) {
            return new Blob(FileContent.of(bytes), bytes.length, Digest.of(bytes));
        }
    }

    /** All files of the layout by name: the documents, and each blob once even if two files have the same content. */
    private static SortedMap<String, Blob> layoutFiles(BundleContent content, SigningKey key) {
        var all = new TreeMap<String, Blob>();
        var layers = new TreeMap<String, Descriptor>();
        content.files().forEach((name, file) -> {
            Blob blob = measure(name, file);
            var layer = new Descriptor(OciDocument.FILE_MEDIA, blob.digest, blob.size, null, name);
            layers.put(name, layer);
            all.put(layer.path(), blob);
        });
        Descriptor config =
                add(all, OciDocument.CONFIG_MEDIA, null, content.manifest().bytes());
        Descriptor bundle = add(
                all,
                OciDocument.MANIFEST_MEDIA,
                OciDocument.BUNDLE_TYPE,
                OciDocument.bundleManifest(config, layers.values()));
        add(all, OciDocument.EMPTY_MEDIA, null, OciDocument.EMPTY);
        Descriptor envelope = add(
                all,
                OciDocument.ENVELOPE_MEDIA,
                null,
                Envelope.sign(bundle, key).bytes());
        Descriptor signature = add(
                all,
                OciDocument.MANIFEST_MEDIA,
                OciDocument.SIGNATURE_TYPE,
                OciDocument.signatureManifest(bundle, envelope));
        all.put(OciDocument.LAYOUT_FILE, Blob.of(OciDocument.LAYOUT));
        all.put(OciDocument.INDEX_FILE, Blob.of(OciDocument.index(bundle, List.of(signature))));
        return all;
    }

    private static Descriptor add(
            SortedMap<String, Blob> all,
            String mediaType,
            @org.jspecify.annotations.Nullable String artifactType,
            byte[] bytes) {
        Descriptor descriptor = Descriptor.of(mediaType, artifactType, bytes);
        all.put(descriptor.path(), Blob.of(bytes));
        return descriptor;
    }

    private static Blob measure(String name, FileContent file) {
        try (InputStream in = file.open()) {
            var counted = new CountedInput(in);
            Digest digest = Digest.of(counted);
            return new Blob(file, counted.count(), digest);
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.input", "cannot read a file to pack", Path.of(name));
        }
    }

    /** Replacing is for bundles: a mistyped path must not cost anybody a folder of something else. */
    static void requireReplaceable(Path out, boolean tar) {
        boolean fits = tar
                ? !Files.exists(out) || Files.isRegularFile(out)
                : !Files.exists(out)
                        || (Files.isDirectory(out)
                                && (isEmpty(out) || Files.isRegularFile(out.resolve(OciDocument.LAYOUT_FILE))));
        if (!fits) {
            throw Problem.usage("bundle.occupied", "something else than a bundle is there")
                    .at(out.toString())
                    .because(Files.isDirectory(out) ? "it is a folder without oci-layout" : "it is no folder")
                    .attempt("another output: a new folder, or a name that ends in .tar")
                    .toException();
        }
    }

    private static boolean isEmpty(Path folder) {
        try (var children = Files.newDirectoryStream(folder)) {
            return !children.iterator().hasNext();
        } catch (IOException e) {
            throw BundleFailure.of(e, "bundle.unwritable", "cannot write the bundle", folder);
        }
    }
}
