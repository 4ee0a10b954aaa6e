package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;

/**
 * A variant that was made.
 *
 * @param made with the float model's names of values
 * @param model the same with short names, as it is delivered
 */
record Candidate(String name, Recipe recipe, Rewritten made, Model model, long bytes) {
    static Candidate of(Recipe recipe, Rewritten made) {
        Model model = made.model().withGraph(ShortNames.shorten(made.model().graph()));
        return new Candidate(recipe.name(), recipe, made, model, ModelFile.bytes(model).length);
    }
}
