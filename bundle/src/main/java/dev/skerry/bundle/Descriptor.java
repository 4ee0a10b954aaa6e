package dev.skerry.bundle;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What points to a blob.
 *
 * @param artifactType of a manifest; null for other blobs
 * @param title the name of the file that the blob is; null where it is none
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md">OCI content descriptors</a>
 */
record Descriptor(
        String mediaType,
        Digest digest,
        long size,
        @Nullable String artifactType,
        @Nullable String title) {
    private static final String TITLE = "org.opencontainers.image.title";

    /** Of content at hand. */
    static Descriptor of(String mediaType, @Nullable String artifactType, byte[] content) {
        return new Descriptor(mediaType, Digest.of(content), content.length, artifactType, null);
    }

    ObjectNode toJson() {
        ObjectNode json = CanonicalJson.object();
        json.put("mediaType", mediaType).put("digest", digest.text()).put("size", size);
        if (artifactType != null) {
            json.put("artifactType", artifactType);
        }
        if (title != null) {
            json.putObject("annotations").put(TITLE, title);
        }
        return json;
    }

    static Descriptor parse(JsonFields json) {
        String title = null;
        if (json.has("annotations")) {
            JsonFields annotations = json.object("annotations");
            title = annotations.string(TITLE);
            annotations.done();
        }
        var descriptor = new Descriptor(
                json.string("mediaType"),
                json.digest("digest"),
                json.integer("size", 0, Long.MAX_VALUE),
                json.has("artifactType") ? json.string("artifactType") : null,
                title);
        json.done();
        return descriptor;
    }

    /** Where the layout keeps the blob. */
    String path() {
        return OciDocument.BLOBS + digest.hex();
    }
}
