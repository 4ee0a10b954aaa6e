package dev.skerry.project;

import dev.skerry.compress.Judging;
import dev.skerry.compress.Metric;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By what accuracy is judged.
 *
 * @param metric the word of a {@link Metric}, or {@code auto}
 * @param evaluator the words of a command of the user's own; empty for none
 * @param timeout how long that command may take for one model
 * @param folder where it runs
 */
public record EvaluationChoice(String metric, List<String> evaluator, Duration timeout, Path folder) {
    /** The metric that the truth of the samples suggests. */
    public static final EvaluationChoice AUTO =
            new EvaluationChoice("auto", List.of(), Duration.ofMinutes(10), Path.of(""));

    public EvaluationChoice {
        evaluator = List.copyOf(evaluator);
    }

    /** As options of a command line give it; {@code evaluator} is one text of words and runs where the program runs. */
    public static EvaluationChoice of(String metric, @Nullable String evaluator, Duration timeout) {
        return new EvaluationChoice(
                metric, evaluator == null ? List.of() : EvaluatorCommand.words(evaluator), timeout, Path.of(""));
    }

    Judging judging() {
        return evaluator.isEmpty()
                ? Metric.of(metric).map(Judging::by).orElse(Judging.AUTO)
                : Judging.by(new EvaluatorCommand(evaluator, timeout, folder.toAbsolutePath()));
    }
}
