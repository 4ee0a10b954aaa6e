package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.problem.Problem;

/** Whether a model can be brought into the form that quantization works on. */
sealed interface Preparation {
    /** It can: here it is, equal in what it computes. */
    record Ready(Model model) implements Preparation {}

    /** It can't, and which operator prevents it. */
    record Obstacle(Problem problem) implements Preparation {}
}
