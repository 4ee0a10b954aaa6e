package dev.skerry.project;

import dev.skerry.compress.ModelAccuracy;
import dev.skerry.measure.Progress;
import dev.skerry.runtime.spi.RuntimeProvider;

/** How good a project's model is on one runtime, by the project's metric and on its evaluation samples. */
public final class RuntimeAccuracy {
    private RuntimeAccuracy() {}

    /**
     * Each sample once, in the order of their source, since a model with state follows it. Pre steps run on the bench's own runtime.
     *
     * @throws dev.skerry.problem.ProblemException as {@link ModelAccuracy#of}
     */
    public static ModelAccuracy of(Workbench bench, RuntimeProvider runtime, Progress progress) {
        return ModelAccuracy.of(
                runtime,
                bench.model(),
                bench.evaluation(),
                bench.config().stateOutputToInput(),
                bench.config().dims(),
                bench.config().judged().judging(),
                progress);
    }
}
