package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far predictions are from labels. */
final class LossOperators {
    static final Map<String, Operator> ALL = Map.of(
            "NegativeLogLikelihoodLoss", call -> loss(call, false),
            "SoftmaxCrossEntropyLoss", call -> loss(call, true));

    private LossOperators() {}

    /** @param fromScores whether the input isn't logarithms of probabilities yet */
    private static void loss(Call call, boolean fromScores) {
        long[] dims = call.dims(0);
        long classes = dims[1];
        long inner = Sizes.product(dims, 2, dims.length);
        String reduction = call.attribute("reduction", "mean");
        DataType type = call.type(0);
        String ignored = call.node().attribute("ignore_index").isPresent()
                ? Long.toString(call.attribute("ignore_index", 0))
                : null;
        call.function(body -> {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable labels = body.reads("labels", call.input(1));
            Body.Variable y = body.writes("y", call.output(0));
            Body.Variable logs = call.outputs() > 1 && call.gives(1) ? body.writes("logs", call.output(1)) : null;
            if (!reduction.equals("none")) {
                body.line(x.computed() + " total = 0;").line(x.computed() + " weights = 0;");
            }
            body.loop(
                    "n",
                    dims[0],
                    () -> body.loop("i", inner, () -> {
                        String scaled = "";
                        if (fromScores) {
                            scaled = " - most - rest";
                            normalize(call, body, x, logs);
                        }
                        String label = labels.at(Index.of(new long[] {0, inner}, "n", "i"));
                        body.line("int32_t label = skerry_place(%s, %d);".formatted(label, classes));
                        String weight = call.has(2)
                                ? body.reads("weight", call.input(2)).at("label")
                                : "1";
                        if (ignored != null) {
                            weight = label + " == " + ignored + " ? 0 : " + weight;
                        }
                        body.line(x.computed() + " factor = " + weight + ";");
                        String of = x.at(Index.of(new long[] {0, classes, inner}, "n", "label", "i"));
                        body.line("%s loss = factor == 0 ? 0 : -(%s%s) * factor;".formatted(x.computed(), of, scaled));
                        if (reduction.equals("none")) {
                            body.line(y.set(Index.of(new long[] {0, inner}, "n", "i"), "loss"));
                        } else {
                            body.line("total += loss;").line("weights += factor;");
                        }
                    }));
            if (!reduction.equals("none")) {
                body.line(y.set("0", reduction.equals("sum") ? "total" : "total / weights"));
                if (reduction.equals("sum")) {
                    body.line("(void)weights;");
                }
            }
        });
        if (type != DataType.FLOAT && type != DataType.DOUBLE) {
            throw call.unsupported("it is of " + type.label());
        }
    }

    /** Makes {@code most} and {@code rest}, the largest score and the logarithm of the sum of what it leaves. */
    private static void normalize(Call call, Body body, Body.Variable x, Body.@Nullable Variable logs) {
        long[] dims = call.dims(0);
        long inner = Sizes.product(dims, 2, dims.length);
        String at = Index.of(new long[] {0, dims[1], inner}, "n", "c", "i");
        String f = Numbers.suffix(x.type());
        body.line(x.computed() + " most = -INFINITY;");
        body.loop("c", dims[1], () -> body.line("most = fmax%s(most, %s);".formatted(f, x.at(at))));
        body.line(x.computed() + " rest = 0;");
        body.loop("c", dims[1], () -> body.line("rest += exp%s(%s - most);".formatted(f, x.at(at))));
        body.line("rest = log%s(rest);".formatted(f));
        if (logs != null) {
            body.loop("c", dims[1], () -> body.line(logs.set(at, x.at(at) + " - most - rest")));
        }
    }
}
