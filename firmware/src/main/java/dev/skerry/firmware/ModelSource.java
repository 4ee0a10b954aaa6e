package dev.skerry.firmware;

import dev.skerry.model.Tensor;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The two files that are the model's own: its header, and the calls of the kernels with all constants. */
final class ModelSource {
    private final Program program;
    private final ArenaPlan plan;
    private final String prefix;
    private final OperatorSource operators;
    private final CSource names = new CSource();
    private final Map<Tensor, String> arrays = new HashMap<>();
    private final StringBuilder constants = new StringBuilder();
    private final StringBuilder calls = new StringBuilder();

    private ModelSource(Program program, ArenaPlan plan) {
        this.program = program;
        this.plan = plan;
        prefix = CSource.identifier(program.name());
        operators = new OperatorSource(program);
    }

    static String header(Program program, ArenaPlan plan) {
        return new ModelSource(program, plan).header();
    }

    private String header() {
        String upper = prefix.toUpperCase(Locale.ROOT);
        var sizes = new StringBuilder();
        var functions = new StringBuilder();
        for (Port port : program.inputs()) {
            String end = end("input", program.inputs(), port);
            sizes.append("#define %s_%s_BYTES %d\n"
                    .formatted(
                            upper, end.toUpperCase(Locale.ROOT), port.buffer().bytes()));
            functions
                    .append(
                            "/* Where the input%s goes: %s. An inference may overwrite it, so that each one needs it anew. */\n"
                                    .formatted(called(program.inputs(), port), port.text()))
                    .append("%s *%s_%s(void);\n\n".formatted(typeOf(port), prefix, end));
        }
        for (Port port : program.outputs()) {
            String end = end("output", program.outputs(), port);
            sizes.append("#define %s_%s_BYTES %d\n"
                    .formatted(
                            upper, end.toUpperCase(Locale.ROOT), port.buffer().bytes()));
            functions
                    .append("/* What the last inference gave%s: %s. */\n"
                            .formatted(called(program.outputs(), port), port.text()))
                    .append("const %s *%s_%s(void);\n\n".formatted(typeOf(port), prefix, end));
        }
        return """
                /* %s: from %s to %s. */
                #ifndef %s_H
                #define %s_H

                #include <stdint.h>

                %s#define %s_ARENA_BYTES %d

                %s/* Call once, before all else. */
                void %s_init(void);

                /* One inference. No allocation, no recursion, no state besides the arena. */
                void %s_invoke(void);

                #endif
                """.formatted(
                        CSource.comment(program.name()),
                        sizesOf(program.inputs()),
                        sizesOf(program.outputs()),
                        upper,
                        upper,
                        sizes,
                        upper,
                        plan.bytes(),
                        functions,
                        prefix,
                        prefix);
    }

    private static String sizesOf(List<Port> ports) {
        return ports.stream().map(Port::size).collect(Collectors.joining(" and "));
    }

    private static String called(List<Port> ports, Port port) {
        return ports.size() == 1 ? "" : " " + CSource.comment(port.name());
    }

    /** How functions and sizes call an end: {@code input}, or {@code input_X} where there are several. */
    static String end(String kind, List<Port> ports, Port port) {
        if (ports.size() == 1) {
            return kind;
        }
        var names = new CSource();
        for (Port each : ports) {
            String name = names.name(each.name());
            if (each.equals(port)) {
                return kind + "_" + name;
            }
        }
        throw new IllegalArgumentException(port.name() + " is no end of this program");
    }

    private static String typeOf(Port port) {
        return CType.of(port.buffer().type()).name();
    }

    static String body(Program program, ArenaPlan plan) {
        return new ModelSource(program, plan).body();
    }

    private String body() {
        for (int i = 0; i < program.layers().size(); i++) {
            layer(program.layers().get(i));
            calls.append("    skerry_layer_done(").append(i).append(");\n");
        }
        String upper = prefix.toUpperCase(Locale.ROOT);
        boolean hasKernels =
                program.layers().stream().anyMatch(layer -> Kernel.of(layer).isPresent());
        return """
                /* %s: %d layers, %d multiply-accumulates, %d bytes of constants. Made by Skerry. */
                #include "%s.h"

                %s
                #ifdef SKERRY_PROFILE /* where a profiler is told that a layer is done */
                void skerry_layer_done(uint32_t layer);
                #else
                #define skerry_layer_done(layer) ((void)0)
                #endif

                /* All values that an inference makes, where each lives only as long as it is needed. */
                static union {
                    int8_t bytes[%s];
                    int32_t words[(%s + 3) / 4]; /* aligned as such */
                %s} arena;

                %s
                %svoid %s_init(void) {
                    for (uint32_t i = 0; i < sizeof arena.bytes; i++) {
                        arena.bytes[i] = 0;
                    }
                }

                void %s_invoke(void) {
                %s%s}
                """.formatted(
                        CSource.comment(program.name()),
                        program.layers().size(),
                        program.macs(),
                        program.constantBytes(),
                        prefix,
                        includes(hasKernels),
                        arena(upper),
                        arena(upper),
                        members(upper),
                        constants,
                        accessors(),
                        prefix,
                        prefix,
                        hasKernels ? "    int8_t *at = arena.bytes;\n" : "",
                        calls);
    }

    private String includes(boolean hasKernels) {
        boolean infinite = constants.indexOf("INFINITY") >= 0 || constants.indexOf("NAN") >= 0;
        return (infinite ? "#include <math.h>\n\n" : "")
                + (hasKernels ? "#include \"kernels.h\"\n" : "")
                + (program.isOfBytes() ? "" : "#include \"" + OperatorSource.headerFile(prefix) + "\"\n");
    }

    /** The size of the arena; C has no arrays of nothing. */
    private String arena(String upper) {
        return plan.bytes() == 0 ? "1" : upper + "_ARENA_BYTES";
    }

    /** The arena as it is seen through types other than bytes and words. */
    private String members(String upper) {
        Set<CType> types = new TreeSet<>(Comparator.comparing(CType::member));
        program.buffers().forEach(buffer -> types.add(CType.of(buffer.type())));
        program.outputs().forEach(port -> types.add(CType.of(port.buffer().type())));
        return types.stream()
                .filter(type -> !type.member().equals("bytes") && !type.member().equals("words"))
                .map(type -> "    %s %s[(%s + %d) / %d];\n"
                        .formatted(type.name(), type.member(), arena(upper), type.bytes() - 1, type.bytes()))
                .collect(Collectors.joining());
    }

    private String accessors() {
        var text = new StringBuilder();
        for (Port port : program.inputs()) {
            text.append("%s *%s_%s(void) { return %s; }\n\n"
                    .formatted(typeOf(port), prefix, end("input", program.inputs(), port), at(port.buffer())));
        }
        for (Port port : program.outputs()) {
            text.append("const %s *%s_%s(void) { return %s; }\n\n"
                    .formatted(typeOf(port), prefix, end("output", program.outputs(), port), at(port.buffer())));
        }
        return text.toString();
    }

    /** Where a buffer lies, as a pointer to its type. */
    private String at(Buffer buffer) {
        CType type = CType.of(buffer.type());
        return "arena." + type.member() + " + " + plan.offset(buffer) / type.bytes();
    }

    private void layer(Layer layer) {
        String name = names.name(layer.name());
        calls.append("    /* %s: %s to %s%s */\n"
                .formatted(
                        CSource.comment(layer.name()),
                        OperatorSource.shapes(layer.inputs()),
                        OperatorSource.shapes(layer.outputs()),
                        layer.macs() == 0 ? "" : ", " + layer.macs() + " multiply-accumulates"));
        switch (layer) {
            case Layer.Convolution each -> {
                weighted(name, each.weights());
                window(name, each.input(), each.output(), each.window());
                call(
                        "convolution",
                        layer,
                        "&" + name + "_window",
                        weightsOf(name),
                        each.weights().zero(),
                        rescaleOf(name));
            }
            case Layer.Depthwise each -> {
                weighted(name, each.weights());
                window(name, each.input(), each.output(), each.window());
                call(
                        "depthwise",
                        layer,
                        "&" + name + "_window",
                        weightsOf(name),
                        each.weights().zero(),
                        rescaleOf(name));
            }
            case Layer.FullyConnected each -> {
                weighted(name, each.weights());
                call(
                        "fully_connected",
                        layer,
                        each.input().elements(),
                        each.output().elements(),
                        weightsOf(name),
                        each.weights().zero(),
                        rescaleOf(name));
            }
            case Layer.Addition each -> {
                rescale(name, each.rescale());
                summand(name + "_first", each.first());
                summand(name + "_second", each.second());
                call(
                        "addition",
                        layer,
                        each.output().elements(),
                        each.widening(),
                        "&" + name + "_first",
                        "&" + name + "_second",
                        rescaleOf(name));
            }
            case Layer.AveragePool each -> {
                window(name, each.input(), each.output(), each.window());
                call("average_pool", layer, "&" + name + "_window", each.least(), each.most());
            }
            case Layer.MaxPool each -> {
                window(name, each.input(), each.output(), each.window());
                call("max_pool", layer, "&" + name + "_window");
            }
            case Layer.Softmax each ->
                call(
                        "softmax",
                        layer,
                        each.input().elements() / each.row(),
                        each.row(),
                        each.multiplier(),
                        each.shift(),
                        each.leastDifference());
            case Layer.Loops each -> loops(each);
        }
    }

    private void loops(Layer.Loops layer) {
        List<String> arguments = layer.parameters().stream()
                .map(parameter -> switch (parameter) {
                    case Parameter.Memory memory -> at(memory.buffer());
                    case Parameter.Constant constant -> constant(constant.tensor());
                })
                .toList();
        calls.append("    " + operators.function(layer) + "(" + String.join(", ", arguments) + ");\n");
    }

    /** The array of a constant, which is written once for all layers that read it. */
    private String constant(Tensor tensor) {
        return arrays.computeIfAbsent(tensor, _ -> {
            String array = names.name(tensor.name());
            constants.append(CSource.array(array, tensor)).append('\n');
            return array;
        });
    }

    private void call(String kernel, Layer layer, Object... arguments) {
        var text = new StringBuilder("    skerry_" + kernel + "(");
        layer.inputs()
                .forEach(
                        input -> text.append("at + ").append(plan.offset(input)).append(", "));
        text.append("at + ").append(plan.offset(layer.output()));
        calls.append(text).append(", ").append(CSource.list(arguments)).append(");\n");
    }

    private static String weightsOf(String name) {
        return name + "_weights, " + name + "_bias";
    }

    private static String rescaleOf(String name) {
        return "&" + name + "_rescale";
    }

    private void weighted(String name, Layer.Weights weights) {
        constants.append(CSource.array("int8_t", name + "_weights", weights.values()));
        constants.append(CSource.array("int32_t", name + "_bias", weights.bias()));
        rescale(name, weights.rescale());
    }

    private void rescale(String name, Rescale rescale) {
        constants.append(CSource.array("int32_t", name + "_multiplier", rescale.multipliers()));
        constants.append(CSource.array("int8_t", name + "_shift", rescale.shifts()));
        constants.append("static const skerry_rescale %s_rescale = {%s};\n\n"
                .formatted(
                        name,
                        CSource.list(
                                name + "_multiplier",
                                name + "_shift",
                                rescale.multipliers().length == 1 ? 0 : 1,
                                rescale.zero(),
                                rescale.least(),
                                rescale.most())));
    }

    private void summand(String name, Layer.Summand summand) {
        constants.append("static const skerry_summand %s = {%s};\n\n"
                .formatted(name, CSource.list(summand.multiplier(), summand.shift(), summand.zero())));
    }

    private void window(String name, Buffer in, Buffer out, Window window) {
        constants.append("static const skerry_window %s_window = {%s};\n\n"
                .formatted(
                        name,
                        CSource.list(
                                in.height(),
                                in.width(),
                                in.channels(),
                                out.height(),
                                out.width(),
                                out.channels(),
                                window.height(),
                                window.width(),
                                window.strideHeight(),
                                window.strideWidth(),
                                window.dilationHeight(),
                                window.dilationWidth(),
                                window.top(),
                                window.left())));
    }
}
