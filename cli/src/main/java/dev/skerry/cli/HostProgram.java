package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.ContainerImage;
import dev.skerry.bundle.Footprint;
import dev.skerry.bundle.Needed;
import dev.skerry.problem.Problem;
import dev.skerry.project.PackedBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The device's program as it goes into a standalone folder or an image: what it needs, and how it is called. */
record HostProgram(Needed needed, List<String> arguments) {
    static final String MAIN = "dev.skerry.runner.DeviceProgram";

    /**
     * Sources to the class that only they come to, and that brings much with it: the JDK's desktop module, ten megabytes, and the
     * tokenizers, fifteen.
     */
    private static final Map<String, String> OF_SOURCES =
            Map.of("images", "dev.skerry.pipeline.ImageSource", "text", "dev.skerry.pipeline.Tokenizer");

    /** Brought along by others and of no use there: a device's bundle is a folder and not a tar, and its documents are JSON. */
    private static final Set<String> ELSEWHERE = Set.of(
            "dev.skerry.bundle.TarFormat",
            "tools.jackson.dataformat.yaml.YAMLFactory",
            "tools.jackson.dataformat.yaml.YAMLMapper");

    static HostProgram of(PackedBundle packed, Footprint footprint) {
        BundleManifest manifest = Bundle.open(packed.file()).manifest();
        Needed needed = Needed.by(MAIN, jars(), without(manifest.pipeline()));
        return new HostProgram(
                needed,
                List.of(
                        "--bundle",
                        "@BUNDLE@",
                        "--model",
                        "@HOME@/model",
                        "--trusted",
                        "@TRUSTED@",
                        "--runtime",
                        manifest.runtime().runtime(),
                        "--preload",
                        Integer.toString(footprint.preloadMegabytes())));
    }

    /** Classes that a device never comes to with this pipeline. */
    static Set<String> without(JsonNode pipeline) {
        var classes = new HashSet<>(ELSEWHERE);
        OF_SOURCES.forEach((source, type) -> {
            if (!pipeline.path("source").has(source)) {
                classes.add(type);
            }
        });
        return classes;
    }

    /** The jars that this program runs from. */
    private static List<Path> jars() {
        Path lib = Path.of(System.getProperty("skerry.home", "."), "cli", "target", "lib");
        try (Stream<Path> files = Files.list(lib)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException _) {
            throw Problem.environment("pack.jars", "Skerry's own jars are not where they should be")
                    .at(lib.toString())
                    .attempt("./skerry from a checkout, which builds them")
                    .toException();
        }
    }

    static String text(ContainerImage.Written image, Path file) {
        var text = new StringBuilder("image  " + file + ", " + Quantity.bytes(image.bytes()) + ", tag " + image.tag()
                + "\n  digest " + image.digest() + "\n");
        image.layers().forEach((platform, layers) -> {
            text.append("  linux/").append(platform.architecture()).append('\n');
            var table = new Table("layer", "compressed");
            layers.forEach(layer -> table.row(layer.what(), Quantity.bytes(layer.bytes())));
            text.append(table.render("    "));
        });
        return text.toString();
    }

    /** How the image gets into a registry. */
    static String load(Path file) {
        return "skopeo copy --all " + (file.toString().endsWith(".tar") ? "oci-archive:" : "oci:") + file + ":"
                + ContainerImage.tag(file) + " docker://REGISTRY/NAME";
    }

    static ObjectNode json(ContainerImage.Written image, Path file) {
        ObjectNode json = Context.JSON
                .createObjectNode()
                .put("file", file.toString())
                .put("digest", image.digest().text())
                .put("tag", image.tag())
                .put("bytes", image.bytes());
        var platforms = json.putArray("platforms");
        image.layers().forEach((platform, layers) -> {
            var entry = platforms.addObject().put("platform", platform.id());
            var list = entry.putArray("layers");
            layers.forEach(layer -> list.addObject()
                    .put("content", layer.what())
                    .put("digest", layer.digest().text())
                    .put("bytes", layer.bytes()));
        });
        return json;
    }
}
