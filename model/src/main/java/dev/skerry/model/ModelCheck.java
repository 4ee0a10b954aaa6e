package dev.skerry.model;

/** Whether a model is sound as a graph: each value made once, before its use, and each reference to something there. */
@SuppressWarnings("DoNotCallSuggester")
public final class ModelCheck {
    private ModelCheck() {}

    /**
     * Passes a sound model.
     *
     * @throws dev.skerry.problem.ProblemException that names the node and the value, where the model isn't sound
     */
    public static void check(Model model) {
        throw new UnsupportedOperationException("ModelCheck.check " + model.producer());
    }
}
