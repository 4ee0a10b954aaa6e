package dev.skerry.bundle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the documents of a layout say there is.
 *
 * @param bundle the manifest's descriptor; its digest is the bundle's identity
 * @param signatures descriptors of the signatures' manifests
 * @param files descriptors by title
 */
record OciContents(
        Descriptor bundle,
        List<Descriptor> signatures,
        Descriptor config,
        SortedMap<String, Descriptor> files,
        BundleManifest manifest) {

    /** Where documents come from. */
    interface Documents {
        String where();

        /** A problem where it is missing or too large. */
        byte[] document(String name);

        /** The document that a descriptor points to, checked against it. */
        default byte[] document(Descriptor descriptor) {
            byte[] bytes = document(descriptor.path());
            if (bytes.length != descriptor.size() || !Digest.of(bytes).equals(descriptor.digest())) {
                throw LayoutSnapshot.damaged(descriptor.path() + " differs from its descriptor", where())
                        .toException();
            }
            return bytes;
        }
    }

    /** The index: what is to be read next. */
    record Index(Descriptor bundle, List<Descriptor> signatures) {
        static Index read(Documents documents) {
            if (!Arrays.equals(documents.document(OciDocument.LAYOUT_FILE), OciDocument.LAYOUT)) {
                throw CanonicalJson.malformed("not an OCI layout of version 1.0.0", OciDocument.LAYOUT_FILE)
                        .toException();
            }
            byte[] document = documents.document(OciDocument.INDEX_FILE);
            var json = new JsonFields(CanonicalJson.parse(document, OciDocument.INDEX_FILE), OciDocument.INDEX_FILE);
            var bundles = new ArrayList<Descriptor>();
            var signatures = new ArrayList<Descriptor>();
            for (JsonFields entry : json.objects("manifests", 1 + OciDocument.MOST_SIGNATURES)) {
                Descriptor descriptor = Descriptor.parse(entry);
                (OciDocument.SIGNATURE_TYPE.equals(descriptor.artifactType()) ? signatures : bundles).add(descriptor);
            }
            if (bundles.size() != 1
                    || !OciDocument.BUNDLE_TYPE.equals(bundles.getFirst().artifactType())) {
                throw CanonicalJson.malformed("expected one bundle in the index", OciDocument.INDEX_FILE)
                        .because("it lists " + bundles.size() + " manifests that are no signatures")
                        .toException();
            }
            // from the digests and sizes alone: whatever else a descriptor says has one value
            Descriptor bundle = plain(bundles.getFirst(), OciDocument.BUNDLE_TYPE);
            signatures.replaceAll(signature -> plain(signature, OciDocument.SIGNATURE_TYPE));
            requireSame(document, OciDocument.index(bundle, signatures), OciDocument.INDEX_FILE);
            return new Index(bundle, signatures);
        }

        private static Descriptor plain(Descriptor manifest, String type) {
            return new Descriptor(OciDocument.MANIFEST_MEDIA, manifest.digest(), manifest.size(), type, null);
        }
    }

    /** Follows the documents from the index on; each is checked against the digest that led to it. */
    static OciContents read(Documents documents) {
        Index index = Index.read(documents);
        return read(documents, index);
    }

    static OciContents read(Documents documents, Index index) {
        String where = "manifest " + index.bundle.digest();
        byte[] document = documents.document(index.bundle);
        var json = new JsonFields(CanonicalJson.parse(document, where), where);
        Descriptor config = Descriptor.parse(json.object("config"));
        var titles = new ArrayList<String>();
        var files = new TreeMap<String, Descriptor>();
        for (JsonFields layer : json.objects("layers", OciDocument.MOST_FILES)) {
            Descriptor file = Descriptor.parse(layer);
            String title = file.title();
            if (title == null) {
                throw CanonicalJson.malformed("a layer without title", where).toException();
            }
            titles.add(title);
            files.put(title, file);
        }
        FileName.requireSafe(titles, where);
        requireSame(document, OciDocument.bundleManifest(config, files.values()), where);
        if (!config.mediaType().equals(OciDocument.CONFIG_MEDIA)
                || files.values().stream().anyMatch(file -> !file.mediaType().equals(OciDocument.FILE_MEDIA))) {
            throw CanonicalJson.malformed("unexpected media type", where).toException();
        }
        BundleManifest manifest = BundleManifest.parse(documents.document(config), "config " + config.digest());
        if (!manifest.files().keySet().equals(files.keySet())) {
            throw CanonicalJson.malformed("the files differ from those that the bundle's config lists", where)
                    .toException();
        }
        for (BundleManifest.Library library : manifest.runtime().libraries()) {
            Descriptor file = files.get(library.file());
            if (file == null || !file.digest().equals(library.digest())) {
                throw CanonicalJson.malformed("the digest of " + library.file() + " is another in the config", where)
                        .toException();
            }
        }
        return new OciContents(
                index.bundle, index.signatures, config, Collections.unmodifiableSortedMap(files), manifest);
    }

    /** Only the document that Skerry itself would write has one meaning. */
    static void requireSame(byte[] found, byte[] ours, String where) {
        if (!Arrays.equals(found, ours)) {
            throw CanonicalJson.malformed("not the document that Skerry writes", where)
                    .because("members, media types or their order differ")
                    .toException();
        }
    }
}
