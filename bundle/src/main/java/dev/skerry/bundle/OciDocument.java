package dev.skerry.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON documents of an OCI image layout, as Skerry writes them.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md">OCI image layout</a>
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md">OCI image manifest</a>: artifactType, subject
 */
final class OciDocument {
    static final String LAYOUT_FILE = "oci-layout";
    static final String INDEX_FILE = "index.json";
    static final String BLOBS = "blobs/sha256/";
    static final byte[] LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    /** The config of an artifact that needs none. */
    static final byte[] EMPTY = "{}".getBytes(StandardCharsets.US_ASCII);

    static final String BUNDLE_TYPE = "application/vnd.skerry.bundle.v1";
    static final String SIGNATURE_TYPE = "application/vnd.skerry.signature.v1";
    static final String INDEX_MEDIA = "application/vnd.oci.image.index.v1+json";
    static final String MANIFEST_MEDIA = "application/vnd.oci.image.manifest.v1+json";
    static final String CONFIG_MEDIA = "application/vnd.skerry.bundle.config.v1+json";
    static final String FILE_MEDIA = "application/octet-stream";
    static final String EMPTY_MEDIA = "application/vnd.oci.empty.v1+json";
    static final String ENVELOPE_MEDIA = "application/vnd.dsse.envelope.v1+json";

    static final int MOST_FILES = 1024;
    static final int MOST_SIGNATURES = 8;
    /** No document of ours comes near; what is larger is an attack on memory. */
    static final int LARGEST_DOCUMENT_BYTES = 4 << 20;

    private static final Pattern ENTRY = Pattern.compile("oci-layout|index\\.json|blobs/sha256/[0-9a-f]{64}");

    private OciDocument() {}

    /** Whether a layout may have a file of this name. */
    static boolean isEntry(String name) {
        return ENTRY.matcher(name).matches();
    }

    static byte[] index(Descriptor bundle, Collection<Descriptor> signatures) {
        ObjectNode index = CanonicalJson.object();
        index.put("schemaVersion", 2).put("mediaType", INDEX_MEDIA);
        ArrayNode manifests = index.putArray("manifests").add(bundle.toJson());
        signatures.forEach(signature -> manifests.add(signature.toJson()));
        return CanonicalJson.bytes(index);
    }

    static byte[] bundleManifest(Descriptor config, Collection<Descriptor> files) {
        ObjectNode manifest = manifest(BUNDLE_TYPE, config, files);
        return CanonicalJson.bytes(manifest);
    }

    static byte[] signatureManifest(Descriptor subject, Descriptor envelope) {
        ObjectNode manifest = manifest(SIGNATURE_TYPE, Descriptor.of(EMPTY_MEDIA, null, EMPTY), List.of(envelope));
        manifest.set("subject", subject.toJson());
        return CanonicalJson.bytes(manifest);
    }

    private static ObjectNode manifest(String artifactType, Descriptor config, Collection<Descriptor> layers) {
        ObjectNode manifest = CanonicalJson.object();
        manifest.put("schemaVersion", 2).put("mediaType", MANIFEST_MEDIA).put("artifactType", artifactType);
        manifest.set("config", config.toJson());
        ArrayNode list = manifest.putArray("layers");
        layers.forEach(layer -> list.add(layer.toJson()));
        return manifest;
    }
}
