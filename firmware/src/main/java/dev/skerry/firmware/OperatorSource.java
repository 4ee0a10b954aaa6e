package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The functions of the general side: a file with one for each layer that isn't a kernel's, and the header that declares them.
 * Layers that do the same on different memory share one.
 */
final class OperatorSource {
    /** What makes two layers the same function. */
    private record Signature(String operator, List<String> declarations, String body) {
        static Signature of(Layer.Loops layer) {
            return new Signature(
                    layer.operator(),
                    layer.parameters().stream().map(Parameter::declaration).toList(),
                    layer.body());
        }
    }

    private final String prefix;
    private final Map<Signature, String> functions = new LinkedHashMap<>();
    private final Map<Signature, List<Layer.Loops>> layers = new LinkedHashMap<>();

    OperatorSource(Program program) {
        prefix = program.prefix();
        var names = new CSource();
        for (Layer.Loops layer : program.loops()) {
            Signature signature = Signature.of(layer);
            functions.computeIfAbsent(signature, _ -> names.name(prefix + "_" + words(layer.operator())));
            layers.computeIfAbsent(signature, _ -> new ArrayList<>()).add(layer);
        }
    }

    /** The function that does a layer. */
    String function(Layer.Loops layer) {
        return functions.getOrDefault(Signature.of(layer), "");
    }

    /** The names of all functions. */
    Collection<String> functions() {
        return functions.values();
    }

    static String sourceFile(String prefix) {
        return prefix + "_operators.c";
    }

    static String headerFile(String prefix) {
        return prefix + "_operators.h";
    }

    String header() {
        String guard = prefix.toUpperCase(Locale.ROOT) + "_OPERATORS_H";
        return """
                /* The operators of %s that have no kernel, one function for each kind and shape. Private to %s.c. */
                #ifndef %s
                #define %s

                #include <stdint.h>

                %s
                #endif
                """.formatted(
                        prefix,
                        prefix,
                        guard,
                        guard,
                        functions.keySet().stream()
                                .map(signature -> head(signature) + ";\n")
                                .collect(Collectors.joining()));
    }

    String source() {
        String bodies = functions.keySet().stream().map(this::function).collect(Collectors.joining("\n"));
        return "/* Each function is an operator of the model on tensors of known shapes, row-major. Made by Skerry. */\n"
                + "#include \"" + headerFile(prefix) + "\"\n\n#include <float.h>\n#include <math.h>\n\n"
                + Snippet.neededBy(bodies)
                + bodies;
    }

    private String function(Signature signature) {
        List<Layer.Loops> users = layers.getOrDefault(signature, List.of());
        Layer.Loops first = users.getFirst();
        return "/* %s: %s to %s%s; %s */\n%s {\n%s}\n"
                .formatted(
                        signature.operator(),
                        shapes(first.inputs()),
                        shapes(first.outputs()),
                        first.macs() == 0 ? "" : ", " + first.macs() + " multiply-accumulates",
                        users.size() > 1
                                ? users.size() + " layers, the first " + CSource.comment(first.name())
                                : CSource.comment(first.name()),
                        head(signature),
                        signature.body());
    }

    static String shapes(List<Buffer> buffers) {
        return buffers.isEmpty()
                ? "constants"
                : buffers.stream().map(Buffer::shape).collect(Collectors.joining(" and "));
    }

    private String head(Signature signature) {
        return "void " + functions.get(signature) + "(" + String.join(", ", signature.declarations()) + ")";
    }

    /** {@code ReduceMean} to {@code reduce_mean}. */
    private static String words(String operator) {
        return operator.replaceAll("([a-z0-9])([A-Z])", "$1_$2");
    }
}
