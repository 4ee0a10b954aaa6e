package dev.skerry.compress;

import dev.skerry.model.Model;

/** An evaluator of the user's own: it runs a model on data that only it knows, and says how good the model is. */
public interface Evaluator {
    /**
     * @param variant the model's name, for messages
     * @throws dev.skerry.problem.ProblemException where it fails, takes too long, or says nothing that could be read
     */
    Score score(String variant, Model model);
}
