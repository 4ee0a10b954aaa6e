package dev.skerry.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON documents of a container image, each in the one form that Skerry writes.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md">OCI image index</a>
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md">OCI image configuration</a>
 */
final class ImageDocument {
    static final String LAYER_MEDIA = "application/vnd.oci.image.layer.v1.tar+gzip";
    static final String CONFIG_MEDIA = "application/vnd.oci.image.config.v1+json";
    static final int MOST_LAYERS = 16;

    private static final String REFERENCE = "org.opencontainers.image.ref.name";
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final String EPOCH = "1970-01-01T00:00:00Z";
    private static final String LINUX = "linux";

    private ImageDocument() {}

    /** What the layout's index says: the image, by what tag engines find it, and the manifests of its signatures. */
    record Index(Descriptor image, String tag, List<Descriptor> signatures) {
        byte[] bytes() {
            ObjectNode index = CanonicalJson.object();
            index.put("schemaVersion", 2).put("mediaType", OciDocument.INDEX_MEDIA);
            ObjectNode entry = image.toJson();
            entry.putObject("annotations").put(REFERENCE, tag);
            ArrayNode manifests = index.putArray("manifests").add(entry);
            signatures.forEach(signature -> manifests.add(signature.toJson()));
            return CanonicalJson.bytes(index);
        }

        static Index parse(byte[] document) {
            String where = OciDocument.INDEX_FILE;
            var json = new JsonFields(CanonicalJson.parse(document, where), where);
            List<JsonFields> entries = json.objects("manifests", 1 + OciDocument.MOST_SIGNATURES);
            if (entries.isEmpty()) {
                throw CanonicalJson.malformed("an empty index", where).toException();
            }
            JsonFields first = entries.getFirst();
            String tag = first.object("annotations").string(REFERENCE);
            var image = new Descriptor(
                    OciDocument.INDEX_MEDIA, first.digest("digest"), first.integer("size", 0, 1 << 22), null, null);
            List<Descriptor> signatures = entries.stream()
                    .skip(1)
                    .map(Descriptor::parse)
                    .map(found -> new Descriptor(
                            OciDocument.MANIFEST_MEDIA, found.digest(), found.size(), OciDocument.SIGNATURE_TYPE, null))
                    .toList();
            var index = new Index(image, tag, signatures);
            OciContents.requireSame(document, index.bytes(), where);
            if (!TAG.matcher(tag).matches()) {
                throw CanonicalJson.malformed("no tag for an image: " + FileName.quoted(tag), where)
                        .toException();
            }
            return index;
        }
    }

    /** The image itself: a manifest for each platform. Its digest is what is signed, and what engines show. */
    record Image(SortedMap<Platform, Descriptor> manifests, SortedMap<String, String> annotations) {
        byte[] bytes() {
            ObjectNode index = CanonicalJson.object();
            index.put("schemaVersion", 2).put("mediaType", OciDocument.INDEX_MEDIA);
            ArrayNode list = index.putArray("manifests");
            manifests.forEach((platform, manifest) -> {
                ObjectNode entry = manifest.toJson();
                entry.putObject("platform")
                        .put("architecture", platform.architecture())
                        .put("os", LINUX);
                list.add(entry);
            });
            put(index, "annotations", annotations);
            return CanonicalJson.bytes(index);
        }

        static Image parse(byte[] document, String where) {
            var json = new JsonFields(CanonicalJson.parse(document, where), where);
            var manifests = new TreeMap<Platform, Descriptor>();
            for (JsonFields entry : json.objects("manifests", Platform.values().length)) {
                Platform platform = platform(entry.object("platform").string("architecture"), where);
                manifests.put(
                        platform,
                        new Descriptor(
                                OciDocument.MANIFEST_MEDIA,
                                entry.digest("digest"),
                                entry.integer("size", 0, 1 << 22),
                                null,
                                null));
            }
            var image = new Image(manifests, json.map("annotations", JsonFields::string));
            OciContents.requireSame(document, image.bytes(), where);
            return image;
        }
    }

    /** One platform's: config and layers, the lowest first. */
    record Manifest(Descriptor config, List<Descriptor> layers, SortedMap<String, String> annotations) {
        byte[] bytes() {
            ObjectNode manifest = CanonicalJson.object();
            manifest.put("schemaVersion", 2).put("mediaType", OciDocument.MANIFEST_MEDIA);
            manifest.set("config", config.toJson());
            ArrayNode list = manifest.putArray("layers");
            layers.forEach(layer -> list.add(layer.toJson()));
            put(manifest, "annotations", annotations);
            return CanonicalJson.bytes(manifest);
        }

        static Manifest parse(byte[] document, String where) {
            var json = new JsonFields(CanonicalJson.parse(document, where), where);
            Descriptor config = plain(Descriptor.parse(json.object("config")), CONFIG_MEDIA);
            List<Descriptor> layers = json.objects("layers", MOST_LAYERS).stream()
                    .map(layer -> plain(Descriptor.parse(layer), LAYER_MEDIA))
                    .toList();
            var manifest = new Manifest(config, layers, json.map("annotations", JsonFields::string));
            OciContents.requireSame(document, manifest.bytes(), where);
            return manifest;
        }

        private static Descriptor plain(Descriptor found, String media) {
            return new Descriptor(media, found.digest(), found.size(), null, null);
        }
    }

    /** A layer in the config: what is in it, in words, and the digest of its tar. */
    record Content(String what, Digest diffId) {}

    /**
     * How a container starts.
     *
     * @param user numeric, so that an engine can tell that it isn't root
     * @param volumes folders that are written to
     */
    record Config(
            Platform platform,
            String user,
            List<String> environment,
            List<String> entrypoint,
            List<String> command,
            String folder,
            List<String> volumes,
            SortedMap<String, String> labels,
            List<Content> contents) {
        byte[] bytes() {
            ObjectNode json = CanonicalJson.object();
            json.put("architecture", platform.architecture()).put("os", LINUX).put("created", EPOCH);
            ObjectNode start = json.putObject("config");
            start.put("User", user).put("WorkingDir", folder).put("StopSignal", "SIGTERM");
            environment.forEach(start.putArray("Env")::add);
            entrypoint.forEach(start.putArray("Entrypoint")::add);
            command.forEach(start.putArray("Cmd")::add);
            ObjectNode volume = start.putObject("Volumes");
            volumes.forEach(volume::putObject);
            put(start, "Labels", labels);
            ObjectNode root = json.putObject("rootfs").put("type", "layers");
            ArrayNode digests = root.putArray("diff_ids");
            ArrayNode history = json.putArray("history");
            for (Content content : contents) {
                digests.add(content.diffId.text());
                history.addObject().put("created", EPOCH).put("created_by", content.what);
            }
            return CanonicalJson.bytes(json);
        }

        static Config parse(byte[] document, String where) {
            var json = new JsonFields(CanonicalJson.parse(document, where), where);
            JsonFields start = json.object("config");
            List<String> digests = json.object("rootfs").strings("diff_ids");
            List<JsonFields> history = json.objects("history", MOST_LAYERS);
            if (digests.size() != history.size()) {
                throw CanonicalJson.malformed("layers without history", where).toException();
            }
            var contents = new ArrayList<Content>();
            for (int i = 0; i < digests.size(); i++) {
                contents.add(new Content(history.get(i).string("created_by"), Digest.parse(digests.get(i), where)));
            }
            var config = new Config(
                    ImageDocument.platform(json.string("architecture"), where),
                    start.string("User"),
                    start.strings("Env"),
                    start.strings("Entrypoint"),
                    start.strings("Cmd"),
                    start.string("WorkingDir"),
                    List.copyOf(start.map("Volumes", (fields, name) -> name).values()),
                    start.map("Labels", JsonFields::string),
                    contents);
            OciContents.requireSame(document, config.bytes(), where);
            return config;
        }
    }

    private static Platform platform(String architecture, String where) {
        for (Platform platform : Platform.values()) {
            if (platform.architecture().equals(architecture)) {
                return platform;
            }
        }
        throw CanonicalJson.malformed("an architecture that Skerry writes no images for", where)
                .because(FileName.quoted(architecture))
                .toException();
    }

    /** A project's version as a tag. */
    static String tag(String version) {
        String plain = version.replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[.-]+", "");
        return plain.isEmpty() ? "latest" : plain.substring(0, Math.min(plain.length(), 128));
    }

    /** Whether a layout's index leads to an image. */
    static boolean leadsToImage(byte[] index) {
        String start = new String(index, java.nio.charset.StandardCharsets.UTF_8);
        return start.contains("\"mediaType\":\"" + OciDocument.INDEX_MEDIA + "\",\"size\"");
    }

    private static void put(ObjectNode object, String name, Map<String, String> members) {
        ObjectNode inner = object.putObject(name);
        members.forEach(inner::put);
    }
}
