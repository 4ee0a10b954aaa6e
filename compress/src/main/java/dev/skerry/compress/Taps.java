package dev.skerry.compress;

import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Makes values inside a model visible as outputs. */
final class Taps {
    private Taps() {}

    /** The model with more outputs; their types are left to the runtime to infer. */
    static Model tap(Model model, Set<String> values) {
        Graph graph = model.graph();
        var outputs = new ArrayList<>(graph.outputs());
        Set<String> present = new LinkedHashSet<>();
        outputs.forEach(output -> present.add(output.name()));
        for (String value : values) {
            if (present.add(value)) {
                outputs.add(new ValueInfo(value, null, "", Map.of(), Extras.NONE));
            }
        }
        return model.withGraph(graph.withOutputs(outputs));
    }
}
