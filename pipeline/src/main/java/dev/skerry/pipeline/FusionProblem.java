package dev.skerry.pipeline;

import dev.skerry.problem.Problem;

/** Why steps and a model don't become one graph; code {@code pipeline.fusion}. */
final class FusionProblem {
    private FusionProblem() {}

    /** @param path of the declaration, such as {@code pipeline.pre} */
    static Problem at(String path, String what) {
        return Problem.usage("pipeline.fusion", what).at(path);
    }
}
