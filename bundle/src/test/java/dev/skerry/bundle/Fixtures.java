package dev.skerry.bundle;

import dev.skerry.bundle.BundleManifest.Budgets;
import dev.skerry.bundle.BundleManifest.Golden;
import dev.skerry.bundle.BundleManifest.Lineage;
import dev.skerry.bundle.BundleManifest.RuntimeChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small bundle to attack. */
final class Fixtures {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Fixtures() {}

    static JsonNode json(String text) {
        return MAPPER.readTree(text);
    }

    static BundleManifest manifest(String version) {
        return manifest(version, new RuntimeChoice("onnxruntime", "cpu", 1, "int8"));
    }

    private static BundleManifest manifest(String version, RuntimeChoice runtime) {
        return new BundleManifest(
                "conveyor",
                version,
                new Lineage(Digest.of(new byte[] {1}), null, List.of("skerry compress m.onnx")),
                new Budgets(5, 5000, 100, 0, 1),
                json(
                        "{\"source\": {\"images\": \"images/test\"}, \"pre\": [{\"scale\": {\"by\": 0.00392156862745098}}]}"),
                json("null"),
                new TreeMap<>(Map.of("stateN", "state")),
                new TreeMap<>(Map.of("N", 1L)),
                new TreeSet<>(List.of(Egress.METRICS)),
                new TreeMap<>(Map.of("model.onnx", "model", "golden.npz", "golden", "labels.txt", "labels")),
                new Golden("golden.npz", 0.01),
                runtime);
    }

    static BundleContent content(String version) {
        return content(version, "weights of " + version);
    }

    static BundleContent content(String version, RuntimeChoice runtime) {
        return new BundleContent(manifest(version, runtime), content(version).files());
    }

    /** With a file among the libraries, of no particular content. */
    static BundleContent content(String version, RuntimeChoice runtime, String library) {
        BundleManifest plain = manifest(version, runtime);
        var roles = new TreeMap<>(plain.files());
        roles.put(library, BundleManifest.LIBRARY);
        var files = new TreeMap<>(content(version).files());
        files.put(library, FileContent.of(new byte[] {0}));
        return new BundleContent(
                new BundleManifest(
                        plain.name(),
                        plain.version(),
                        plain.lineage(),
                        plain.budgets(),
                        plain.pipeline(),
                        plain.frame(),
                        plain.state(),
                        plain.dims(),
                        plain.egress(),
                        roles,
                        plain.golden(),
                        runtime),
                files);
    }

    static BundleContent content(String version, String model) {
        var files = new TreeMap<String, FileContent>();
        files.put("model.onnx", FileContent.of(model.getBytes(StandardCharsets.UTF_8)));
        files.put("golden.npz", FileContent.of(new byte[] {'P', 'K', 3, 4}));
        files.put("labels.txt", FileContent.of("good\nscratched\n".getBytes(StandardCharsets.UTF_8)));
        return new BundleContent(manifest(version), files);
    }

    /** All regular files below a folder by relative name. */
    static SortedMap<String, byte[]> tree(Path root) {
        var files = new TreeMap<String, byte[]>();
        try (var walk = Files.walk(root)) {
            for (Path file : (Iterable<Path>) walk::iterator) {
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    files.put(root.relativize(file).toString(), Files.readAllBytes(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    /** The names directly below a folder, hidden ones too. */
    static List<String> names(Path folder) {
        try (var list = Files.list(folder)) {
            return list.map(child -> child.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
