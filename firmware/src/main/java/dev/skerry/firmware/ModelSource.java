package dev.skerry.firmware;

import java.util.Locale;

/** The two files that are the model's own: its header, and the calls of the kernels with all constants. */
final class ModelSource {
    private final Program program;
    private final ArenaPlan plan;
    private final String prefix;
    private final CSource names = new CSource();
    private final StringBuilder constants = new StringBuilder();
    private final StringBuilder calls = new StringBuilder();

    private ModelSource(Program program, ArenaPlan plan) {
        this.program = program;
        this.plan = plan;
        prefix = CSource.identifier(program.name());
    }

    static String header(Program program, ArenaPlan plan) {
        String prefix = CSource.identifier(program.name());
        String upper = prefix.toUpperCase(Locale.ROOT);
        return """
                /* %s: from %s bytes (INT8, %s) to %s bytes (INT8, %s). */
                #ifndef %s_H
                #define %s_H

                #include <stdint.h>

                #define %s_INPUT_BYTES %d
                #define %s_OUTPUT_BYTES %d
                #define %s_ARENA_BYTES %d

                /* Where the input goes: %s. An inference may overwrite it, so that each one needs it anew. */
                int8_t *%s_input(void);

                /* What the last inference gave: %s. */
                const int8_t *%s_output(void);

                /* Call once, before all else. */
                void %s_init(void);

                /* One inference. No allocation, no recursion, no state besides the arena. */
                void %s_invoke(void);

                #endif
                """.formatted(
                        CSource.comment(program.name()),
                        program.input().elements(),
                        program.input().shape(),
                        program.output().elements(),
                        program.output().shape(),
                        upper,
                        upper,
                        upper,
                        program.input().elements(),
                        upper,
                        program.output().elements(),
                        upper,
                        plan.bytes(),
                        program.inputGrid().text(),
                        prefix,
                        program.outputGrid().text(),
                        prefix,
                        prefix,
                        prefix);
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
        return """
                /* %s: %d layers, %d multiply-accumulates, %d bytes of constants. Made by Skerry. */
                #include "%s.h"

                #include "kernels.h"

                #ifdef SKERRY_PROFILE /* where a profiler is told that a layer is done */
                void skerry_layer_done(uint32_t layer);
                #else
                #define skerry_layer_done(layer) ((void)0)
                #endif

                /* All values that an inference makes, where each lives only as long as it is needed. */
                static union {
                    int8_t bytes[%s_ARENA_BYTES];
                    int32_t words[(%s_ARENA_BYTES + 3) / 4]; /* aligned as such */
                } arena;

                %s
                int8_t *%s_input(void) { return arena.bytes + %d; }

                const int8_t *%s_output(void) { return arena.bytes + %d; }

                void %s_init(void) {
                    for (uint32_t i = 0; i < sizeof arena.bytes; i++) {
                        arena.bytes[i] = 0;
                    }
                }

                void %s_invoke(void) {
                    int8_t *at = arena.bytes;
                %s}
                """.formatted(
                        CSource.comment(program.name()),
                        program.layers().size(),
                        program.macs(),
                        program.constantBytes(),
                        prefix,
                        upper,
                        upper,
                        constants,
                        prefix,
                        plan.offset(program.input()),
                        prefix,
                        plan.offset(program.output()),
                        prefix,
                        prefix,
                        calls);
    }

    private void layer(Layer layer) {
        String name = names.name(layer.name());
        String inputs =
                String.join(" and ", layer.inputs().stream().map(Buffer::shape).toList());
        calls.append("    /* %s: %s to %s%s */\n"
                .formatted(
                        CSource.comment(layer.name()),
                        inputs,
                        layer.output().shape(),
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
        }
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
