package dev.skerry.assess;

import dev.skerry.model.Model;
import dev.skerry.pipeline.DecisionReader;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The model that is measured.
 *
 * @param name what a person calls it
 * @param file in ONNX or TensorFlow Lite format; with its pre and post steps where it is fused
 * @param model what the file holds
 * @param digest SHA-256 of the file
 * @param precision of its layers: {@code float32}, {@code int8}
 * @param fused whether pre and post steps are in it
 * @param states state outputs to state inputs
 * @param dims sizes of open dimensions
 * @param reader of its decisions; null where nothing decides
 */
public record BenchSubject(
        String name,
        Path file,
        Model model,
        String digest,
        String precision,
        boolean fused,
        Map<String, String> states,
        Map<String, Long> dims,
        @Nullable DecisionReader reader) {
    public BenchSubject {
        states = Map.copyOf(states);
        dims = Map.copyOf(dims);
    }
}
