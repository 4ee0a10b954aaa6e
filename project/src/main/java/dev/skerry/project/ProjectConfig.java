package dev.skerry.project;

import dev.skerry.compress.ActivationScheme;
import dev.skerry.compress.Budgets;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.compress.Int8Layout;
import dev.skerry.pipeline.PipelineSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What a {@code skerry.yaml} says, with its defaults filled in.
 *
 * @param folder where the file lies; its paths are relative to it
 * @param calibration source of calibration samples as the pipeline writes sources; null where there is none of its own
 * @param evaluation source of evaluation samples; null for the source of the pipeline
 * @param judged by what accuracy is judged
 * @param stateOutputToInput outputs that are fed back
 * @param dims sizes for dynamic dimensions
 */
public record ProjectConfig(
        ProjectFolder folder,
        String name,
        String version,
        Path model,
        Target target,
        Budget budget,
        @Nullable JsonNode calibration,
        @Nullable JsonNode evaluation,
        CompressionChoice compression,
        EvaluationChoice judged,
        PipelineSpec pipeline,
        Map<String, String> stateOutputToInput,
        Map<String, Long> dims,
        String egress) {

    /** A model with samples and nothing around it. */
    public static ProjectConfig ofModel(
            Path model,
            @Nullable Path calibration,
            @Nullable Path evaluation,
            Target target,
            CompressionChoice compression,
            Budgets limits,
            Map<String, String> stateOutputToInput,
            Map<String, Long> dims) {
        Path file = model.toAbsolutePath().normalize();
        Path folder = file.getParent() == null ? file : file.getParent();
        return new ProjectConfig(
                new ProjectFolder(folder),
                file.getFileName().toString(),
                "1",
                file,
                target,
                new Budget(100_000_000, 99.9, 10, OptionalLong.empty(), limits),
                samples(calibration),
                samples(evaluation),
                compression,
                EvaluationChoice.AUTO,
                PipelineSpec.EMPTY,
                stateOutputToInput,
                dims,
                "metrics-only");
    }

    /** The same, judged otherwise. */
    public ProjectConfig withJudged(EvaluationChoice judged) {
        return new ProjectConfig(
                folder,
                name,
                version,
                model,
                target,
                budget,
                calibration,
                evaluation,
                compression,
                judged,
                pipeline,
                stateOutputToInput,
                dims,
                egress);
    }

    /** The same, compressed to integers throughout. */
    public ProjectConfig withOnlyIntegers() {
        return new ProjectConfig(
                folder,
                name,
                version,
                model,
                target,
                budget,
                calibration,
                evaluation,
                new CompressionChoice(
                        compression.method(),
                        compression.range(),
                        compression.samples(),
                        compression.preferSize(),
                        compression.keepFloat(),
                        compression.scheme(),
                        compression.layout().onlyIntegers()),
                judged,
                pipeline,
                stateOutputToInput,
                dims,
                egress);
    }

    private static @Nullable JsonNode samples(@Nullable Path path) {
        return path == null
                ? null
                : JsonNodeFactory.instance.stringNode(path.toAbsolutePath().toString());
    }

    /** Where the bundle will run. */
    public enum Target {
        THIS_MACHINE,
        LINUX_X64,
        LINUX_ARM64;

        /** As it is written: {@code linux-x64}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** The one that is written so. */
        public static Optional<Target> of(String label) {
            return Arrays.stream(values())
                    .filter(target -> target.label().equals(label))
                    .findFirst();
        }
    }

    /**
     * What to do about the size and speed of the model.
     *
     * @param scheme empty for the one that the target is fast with
     */
    public record CompressionChoice(
            CompressionRequest.Method method,
            String range,
            int samples,
            boolean preferSize,
            List<String> keepFloat,
            Optional<ActivationScheme> scheme,
            Int8Layout layout) {
        public CompressionChoice {
            keepFloat = List.copyOf(keepFloat);
        }
    }
}
