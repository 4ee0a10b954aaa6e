package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;

/**
 * A variant that was made: which nodes, with which ranges.
 *
 * @param quantized with the float model's names of values
 * @param model the same with short names, as it is delivered
 */
record Candidate(String name, Scope scope, RangeMethod ranges, Quantizer.Quantized quantized, Model model, long bytes) {
    static Candidate of(Scope scope, RangeMethod ranges, Quantizer.Quantized quantized) {
        Model model =
                quantized.model().withGraph(ShortNames.shorten(quantized.model().graph()));
        return new Candidate(
                "int8-" + scope.name() + "-" + ranges.label(),
                scope,
                ranges,
                quantized,
                model,
                ModelFile.bytes(model).length);
    }
}
