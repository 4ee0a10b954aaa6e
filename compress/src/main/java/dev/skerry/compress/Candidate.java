package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;

/**
 * A variant that was made.
 *
 * @param kernels equal for variants that differ in numbers only
 * @param made with the float model's names of values
 * @param model the same with short names, as it is delivered
 */
record Candidate(String name, String kernels, Recipe recipe, Rewritten made, Model model, long bytes) {
    static Candidate of(String kernels, Recipe recipe, Rewritten made) {
        Model model = made.model()
                .withGraph(ShortNames.shorten(SharedConstants.share(made.model().graph())));
        return new Candidate(recipe.name(), kernels, recipe, made, model, ModelFile.bytes(model).length);
    }
}
