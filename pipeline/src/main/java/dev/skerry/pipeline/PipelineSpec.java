package dev.skerry.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The declared way from a raw frame to a decision, the {@code pipeline} of {@code skerry.yaml}.
 *
 * @param source where samples come from; null where none is declared
 * @param input the model's input that the frame ends in; null for the first without a constant
 * @param constants values of other inputs of the model, such as a sample rate; one value fills the whole tensor
 * @param output the model's output that the post steps start from; null for the first, or for what the steps name
 * @param fallback null for none
 */
public record PipelineSpec(
        @Nullable SourceSpec source,
        @Nullable String input,
        Map<String, List<Double>> constants,
        List<Step.Pre> pre,
        @Nullable String output,
        List<Step.Post> post,
        List<ActionSpec> actions,
        @Nullable Fallback fallback) {
    /** No steps: the model as it is. */
    public static final PipelineSpec EMPTY =
            new PipelineSpec(null, null, Map.of(), List.of(), null, List.of(), List.of(), null);

    public PipelineSpec {
        constants = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(constants));
        pre = List.copyOf(pre);
        post = List.copyOf(post);
        actions = List.copyOf(actions);
    }

    /**
     * Reads the {@code pipeline} object.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.spec}, at a path such as {@code pipeline.pre[1].resize}
     */
    public static PipelineSpec parse(JsonNode pipeline) {
        return SpecReader.pipeline(pipeline);
    }

    /** The JSON Schema (draft 2020-12) of what {@link #parse} reads. */
    public static String schema() {
        try (InputStream stream = PipelineSpec.class.getResourceAsStream("pipeline.schema.json")) {
            if (stream == null) {
                throw new IllegalStateException("pipeline.schema.json is missing from the build");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The canonical form: every value spelled out, keys in a fixed order; parsing it gives an equal value. */
    public JsonNode toJson() {
        return SpecWriter.pipeline(this);
    }

    public PipelineSpec withSource(@Nullable SourceSpec source) {
        return new PipelineSpec(source, input, constants, pre, output, post, actions, fallback);
    }

    public PipelineSpec withActions(List<ActionSpec> actions) {
        return new PipelineSpec(source, input, constants, pre, output, post, actions, fallback);
    }

    /** The same without post steps: what the model says as it is, to compare with recorded predictions. */
    public PipelineSpec withoutPost() {
        return new PipelineSpec(source, input, constants, pre, null, List.of(), actions, fallback);
    }

    /** The file of class names that the post steps use; null where they use none. */
    public @Nullable String labels() {
        String found = null;
        for (Step.Post step : post) {
            String labels = switch (step) {
                case Step.ArgMax argMax -> argMax.labels();
                case Step.TopK topK -> topK.labels();
                case Step.Nms nms -> nms.labels();
                case Step.Softmax _, Step.Sigmoid _, Step.Threshold _, Step.Anomaly _ -> null;
            };
            found = labels == null ? found : labels;
        }
        return found;
    }

    /** The step that makes numbers of text; null where there is none. */
    public Step.@Nullable Tokenize tokenize() {
        return pre.stream()
                .filter(Step.Tokenize.class::isInstance)
                .map(Step.Tokenize.class::cast)
                .findFirst()
                .orElse(null);
    }

    /** How long an inference may hang before the runner ends by itself; 0 for ever. */
    public long restartNanos() {
        return fallback == null ? Fallback.RESTART_NANOS : fallback.restartNanos();
    }

    /** Whether what the source gives goes into the model as it is. */
    public boolean isPrepared() {
        return pre.stream().allMatch(Step.Tokenize.class::isInstance);
    }

    /** Files that pre and post steps need on the device, relative to the project's folder; a bundle carries them. */
    public SequencedSet<String> files() {
        var files = new LinkedHashSet<String>();
        String labels = labels();
        if (labels != null) {
            files.add(labels);
        }
        Step.Tokenize tokenize = tokenize();
        if (tokenize != null) {
            files.add(tokenize.tokenizer());
        }
        return files;
    }
}
