package dev.skerry.project;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which model will be packed and how it will be run. It is kept in the project's work folder, so that packing twice packs the
 * same, though a measurement made twice may end otherwise.
 *
 * @param basis digest of what the choice was made from: configuration, model and samples
 * @param core the chosen model without pre and post steps, a file in the work folder
 * @param variant name of the variant of compression: {@code float}, {@code int8 minmax}, …
 * @param precision {@code float32}, {@code int8} and such; of a model that was given quantized, what it is
 * @param reason why this one
 * @param calibration digest of the calibration samples
 * @param measured what was measured of the chosen model on this machine, the choice first; null where nothing was
 */
public record Choice(
        Digest basis,
        Path core,
        String variant,
        String runtime,
        String provider,
        int threads,
        String precision,
        String reason,
        Digest calibration,
        BundleManifest.@Nullable Measured measured) {
    private static final String FILE = "choice.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    void save(Path work) {
        var json = JSON.createObjectNode();
        json.put("basis", basis.text())
                .put("core", core.getFileName().toString())
                .put("variant", variant)
                .put("runtime", runtime)
                .put("provider", provider)
                .put("threads", threads)
                .put("precision", precision)
                .put("reason", reason)
                .put("calibration", calibration.text());
        if (measured != null) {
            json.set("measured", measured.toJson());
        }
        try {
            Path draft = Files.createTempFile(work, FILE, ".tmp");
            Files.writeString(draft, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
            Files.move(draft, work.resolve(FILE), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw Problem.environment("project.work", "the choice can't be kept")
                    .at(work.resolve(FILE).toString())
                    .because(e.getMessage())
                    .toException();
        }
    }

    /** The choice that was kept, if it was made from the same {@code basis} and its model is still there. */
    static Optional<Choice> load(Path work, Digest basis) {
        Path file = work.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(Files.readString(file));
            var choice = new Choice(
                    new Digest(json.path("basis").asString("")),
                    work.resolve(json.path("core").asString("")),
                    json.path("variant").asString(""),
                    json.path("runtime").asString(""),
                    json.path("provider").asString(""),
                    json.path("threads").asInt(1),
                    json.path("precision").asString(""),
                    json.path("reason").asString(""),
                    new Digest(json.path("calibration").asString("")),
                    json.has("measured") ? BundleManifest.Measured.of(json.get("measured"), file.toString()) : null);
            return choice.basis.equals(basis) && Files.isRegularFile(choice.core)
                    ? Optional.of(choice)
                    : Optional.empty();
        } catch (IOException | JacksonException | IllegalArgumentException | ProblemException _) {
            // What can't be read any more is made again.
            return Optional.empty();
        }
    }
}
