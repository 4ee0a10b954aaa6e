package dev.skerry.agent;

import dev.skerry.problem.Problem;

/** Whether a model can be asked. */
sealed interface ModelState {
    /** Being loaded and held to its golden vectors. */
    record Loading() implements ModelState {}

    record Ready() implements ModelState {}

    /** It can't be loaded, or doesn't reproduce its golden vectors here. */
    record Failed(Problem problem) implements ModelState {}
}
