package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
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
    private final Schedule schedule;
    private final ArenaPlan plan;
    private final String prefix;
    private final OperatorSource operators;
    private final CSource names = new CSource();
    private final Map<Tensor, String> arrays = new HashMap<>();
    private final StringBuilder constants = new StringBuilder();
    private final StringBuilder calls = new StringBuilder();

    private ModelSource(Schedule schedule) {
        this.schedule = schedule;
        program = schedule.program();
        plan = schedule.plan();
        prefix = program.prefix();
        operators = new OperatorSource(program);
        operators.functions().forEach(names::name);
    }

    static String header(Schedule schedule) {
        return new ModelSource(schedule).header();
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
                    .append("/* Where the input%s goes: %s. %s */\n"
                            .formatted(called(program.inputs(), port), port.text(), fate(port)))
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

                #ifdef __cplusplus
                extern "C" {
                #endif

                %s/* Call once, before all else. */
                void %s_init(void);

                /* One inference. No allocation, no recursion, no state besides the arena. */
                void %s_invoke(void);

                #ifdef __cplusplus
                }
                #endif

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

    /** What becomes of an input. */
    private String fate(Port port) {
        return program.states().stream()
                .filter(state -> state.input().equals(port))
                .findFirst()
                .map(state -> "Kept: after an inference it holds "
                        + CSource.comment(state.output().name()) + ".")
                .orElse("An inference may overwrite it, so that each one needs it anew.");
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

    static String body(Schedule schedule) {
        return new ModelSource(schedule).body();
    }

    private String body() {
        for (int i = 0; i < program.layers().size(); i++) {
            layer(i);
            calls.append("    skerry_layer_done(").append(i).append(");\n");
        }
        String upper = prefix.toUpperCase(Locale.ROOT);
        boolean hasKernels = !schedule.kernels().isEmpty();
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
                %s}

                void %s_invoke(void) {
                %s%s%s}
                """.formatted(
                        CSource.comment(program.name()),
                        program.layers().size(),
                        program.macs(),
                        schedule.constantBytes(),
                        prefix,
                        includes(),
                        arena(upper),
                        arena(upper),
                        members(upper),
                        constants,
                        accessors(),
                        prefix,
                        starts(),
                        prefix,
                        hasKernels ? "    int8_t *at = arena.bytes;\n" : "",
                        calls,
                        keeping());
    }

    /** What bytes of a state begin with, where that isn't 0. */
    private String starts() {
        return program.states().stream()
                .map(Program.State::input)
                .filter(port ->
                        port.buffer().type() == DataType.INT8 && port.grid().zero() != 0)
                .map(port -> loop(
                        port,
                        "(%s)[i] = %d;".formatted(at(port.buffer()), port.grid().zero())))
                .collect(Collectors.joining());
    }

    /** What is an input of the next inference. */
    private String keeping() {
        return program.states().stream()
                .map(state -> "    /* kept: %s */\n"
                                .formatted(CSource.comment(state.input().name()))
                        + loop(
                                state.input(),
                                "(%s)[i] = (%s)[i];"
                                        .formatted(
                                                at(state.input().buffer()),
                                                at(state.output().buffer()))))
                .collect(Collectors.joining());
    }

    private static String loop(Port port, String statement) {
        return "    for (uint32_t i = 0; i < %d; i++) {\n        %s\n    }\n"
                .formatted(port.buffer().elements(), statement);
    }

    private String includes() {
        boolean infinite = constants.indexOf("INFINITY") >= 0 || constants.indexOf("NAN") >= 0;
        return (infinite ? "#include <math.h>\n\n" : "")
                + schedule.kernels().stream()
                        .map(kernel -> "#include \"" + kernel.header() + "\"\n")
                        .distinct()
                        .collect(Collectors.joining())
                + (program.loops().isEmpty() ? "" : "#include \"" + OperatorSource.headerFile(prefix) + "\"\n");
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

    private void layer(int index) {
        Layer layer = program.layers().get(index);
        // so that no constant of another layer takes the name
        names.name(layer.name());
        calls.append("    /* %s: %s to %s%s */\n"
                .formatted(
                        CSource.comment(layer.name()),
                        OperatorSource.shapes(layer.inputs()),
                        OperatorSource.shapes(layer.outputs()),
                        layer.macs() == 0 ? "" : ", " + layer.macs() + " multiply-accumulates"));
        schedule.calls().get(index).ifPresent(call -> call(index, call));
        if (layer instanceof Layer.Loops loops) {
            loops(loops);
        }
    }

    private void call(int index, KernelCall call) {
        constants.append(call.constants()).append('\n');
        var arguments = new ArrayList<String>();
        call.layer().inputs().forEach(input -> arguments.add("at + " + plan.offset(input)));
        arguments.add("at + " + plan.offset(call.layer().output()));
        arguments.addAll(call.arguments());
        if (call.placement().scratchBytes() > 0) {
            arguments.add("at + " + plan.scratch(index));
        }
        calls.append("    %s(%s);\n".formatted(call.kernel().function(), String.join(", ", arguments)));
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
            String array = names.nameOfArray(tensor.name());
            constants.append(CSource.array(array, tensor)).append('\n');
            return array;
        });
    }
}
