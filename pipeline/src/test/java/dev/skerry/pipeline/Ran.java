package dev.skerry.pipeline;

import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Graphs executed by ONNX Runtime, after Skerry's own check. */
final class Ran {
    private Ran() {}

    static Session open(Model model) {
        ModelCheck.check(model);
        try {
            Path file = Files.createTempFile("skerry-pipeline", ".onnx");
            try {
                ModelFile.write(model, file);
                return new OnnxRuntime().open(file, SessionOptions.DEFAULT);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Map<String, Tensor> once(Model model, Map<String, Tensor> inputs) {
        try (Session session = open(model)) {
            return session.infer(inputs);
        }
    }

    /** JSON with single quotes for double ones. */
    static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    static PipelineSpec spec(String text) {
        return PipelineSpec.parse(json(text));
    }
}
