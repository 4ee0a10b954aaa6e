package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;

/** A variant that was made: which nodes, with which ranges. */
record Candidate(String name, Scope scope, RangeMethod ranges, Quantizer.Quantized quantized, long bytes) {
    static Candidate of(Scope scope, RangeMethod ranges, Quantizer.Quantized quantized) {
        return new Candidate(
                "int8-" + scope.name() + "-" + ranges.label(),
                scope,
                ranges,
                quantized,
                ModelFile.bytes(quantized.model()).length);
    }

    Model model() {
        return quantized.model();
    }
}
