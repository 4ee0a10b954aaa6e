package dev.skerry.firmware;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import java.util.ArrayList;
import java.util.List;

/**
 * What recurrent operators share: directions, lengths of sequences, layouts, initial states, and sums over inputs and state. In C,
 * {@code h} is the state, {@code c} the cell, {@code next} and {@code gates} are memory to work in, {@code b} is the place in the
 * batch, {@code t} the time, and {@code j} the place in the gates.
 */
final class Recurrence {
    private final Call call;
    private final int gates;
    private final List<String> activations = new ArrayList<>();
    private final long steps;
    private final long batch;
    private final long in;
    private final long hidden;
    private final long directions;
    private final boolean batchFirst;
    private final DataType type;

    /** The statements of one step. */
    interface Step {
        void write(Recurrence recurrence, Body body, int direction);
    }

    Recurrence(Call call, int gates, String... activations) {
        this.call = call;
        this.gates = gates;
        long[] x = call.dims(0);
        batchFirst = call.attribute("layout", 0) != 0;
        steps = x[batchFirst ? 1 : 0];
        batch = x[batchFirst ? 0 : 1];
        in = x[2];
        directions = call.dims(2)[0];
        hidden = call.dims(2)[2];
        type = call.type(0);
        for (int direction = 0; direction < directions; direction++) {
            this.activations.addAll(List.of(activations));
        }
        if (call.node().attributes().get("activations") instanceof Attribute.Strings given) {
            for (int i = 0; i < given.values().size(); i++) {
                this.activations.set(i, given.values().get(i));
            }
        }
    }

    Call call() {
        return call;
    }

    long hidden() {
        return hidden;
    }

    String number() {
        return CType.of(type).computed();
    }

    void write(Step step) {
        boolean hasCell = gates == 4;
        call.function(steps * batch * directions * gates * hidden * (in + hidden), body -> {
            body.works("h", call.work("state", type, hidden));
            if (gates > 1) {
                body.works("gates", call.work("gates", type, gates * hidden));
            }
            if (hasCell) {
                body.works("c", call.work("cell", type, hidden));
            } else {
                body.works("next", call.work("next", type, hidden));
            }
            for (int direction = 0; direction < directions; direction++) {
                int d = direction;
                body.loop("b", batch, () -> sequence(body, step, d, hasCell));
            }
        });
    }

    private void sequence(Body body, Step step, int direction, boolean hasCell) {
        start(body, "h", 5, direction);
        if (hasCell) {
            start(body, "c", 6, direction);
        }
        String length = Long.toString(steps);
        if (call.has(4)) {
            body.line("int32_t length = (int32_t)"
                    + body.reads("lengths", call.input(4)).at("b") + ";");
            length = "length";
        }
        boolean isBackwards = call.attribute("direction", "forward").equals("reverse") || direction == 1;
        String end = length;
        body.loop("s", steps, () -> {
            if (call.has(4)) {
                body.when("s >= length", () -> {
                    if (call.gives(0)) {
                        body.loop(
                                "j",
                                hidden,
                                () -> body.line(body.writes("y", call.output(0)).name() + "[" + place(direction, "s")
                                        + "] = 0;"));
                    }
                    body.line("continue;");
                });
            }
            if (!batchFirst || steps > 1) {
                body.line("int32_t t = " + (isBackwards ? end + " - 1 - s" : "s") + ";");
            }
            step.write(this, body, direction);
            if (call.gives(0)) {
                body.writes("y", call.output(0));
                body.loop("j", hidden, () -> body.line("y[" + place(direction, "t") + "] = h[j];"));
            }
        });
        String last = Index.of(
                batchFirst ? new long[] {0, directions, hidden} : new long[] {0, batch, hidden},
                batchFirst ? "b" : Integer.toString(direction),
                batchFirst ? Integer.toString(direction) : "b",
                "j");
        for (int output = 1; output < call.outputs(); output++) {
            if (call.gives(output)) {
                String name = output == 1 ? "last_h" : "last_c";
                String from = output == 1 ? "h" : "c";
                body.writes(name, call.output(output));
                body.loop("j", hidden, () -> body.line("%s[%s] = %s[j];".formatted(name, last, from)));
            }
        }
    }

    private String place(int direction, String time) {
        return batchFirst
                ? Index.of(new long[] {0, steps, directions, hidden}, "b", time, Integer.toString(direction), "j")
                : Index.of(new long[] {0, directions, batch, hidden}, time, Integer.toString(direction), "b", "j");
    }

    private void start(Body body, String state, int input, int direction) {
        String from = call.has(input)
                ? body.reads("first_" + state, call.input(input))
                        .at(
                                batchFirst
                                        ? Index.of(
                                                new long[] {0, directions, hidden},
                                                "b",
                                                Integer.toString(direction),
                                                "j")
                                        : Index.of(
                                                new long[] {0, batch, hidden}, Integer.toString(direction), "b", "j"))
                : "0";
        body.loop("j", hidden, () -> body.line("%s[j] = %s;".formatted(state, from)));
    }

    void sum(Body body, int direction, String into, int gate, boolean ofInput, boolean ofState, boolean biased) {
        sum(body, direction, into, gate, ofInput, ofState, biased, "h");
    }

    /** Declares {@code into}: what weights make of input and state for row {@code j} from gate {@code gate} on, with their biases. */
    void sum(
            Body body,
            int direction,
            String into,
            int gate,
            boolean ofInput,
            boolean ofState,
            boolean biased,
            String state) {
        String row = gate == 0 ? "j" : gate * hidden + " + j";
        List<String> biases = new ArrayList<>();
        if (biased && call.has(3)) {
            Body.Variable b = body.reads("biases", call.input(3));
            long base = 2L * gates * hidden * direction;
            if (ofInput) {
                biases.add(b.at((base + gate * hidden) + " + j"));
            }
            if (ofState) {
                biases.add(b.at((base + (gates + gate) * hidden) + " + j"));
            }
        }
        body.line("%s %s = %s;".formatted(number(), into, biases.isEmpty() ? "0" : String.join(" + ", biases)));
        String d = Integer.toString(direction);
        if (ofInput) {
            Body.Variable x = body.reads("x", call.input(0));
            Body.Variable w = body.reads("w", call.input(1));
            String at = batchFirst
                    ? Index.of(new long[] {0, steps, in}, "b", "t", "k")
                    : Index.of(new long[] {0, batch, in}, "t", "b", "k");
            String of = Index.of(new long[] {0, gates * hidden, in}, d, "(" + row + ")", "k");
            body.loop("k", in, () -> body.line("%s += %s * %s;".formatted(into, x.at(at), w.at(of))));
        }
        if (ofState) {
            Body.Variable r = body.reads("r", call.input(2));
            String of = Index.of(new long[] {0, gates * hidden, hidden}, d, "(" + row + ")", "k");
            body.loop("k", hidden, () -> body.line("%s += %s[k] * %s;".formatted(into, state, r.at(of))));
        }
        float clip = call.attribute("clip", 0f);
        if (clip > 0 && ofState) {
            String limit = Numbers.literal(type, clip);
            body.line("%s = fmax%s(-%s, fmin%s(%s, %s));"
                    .formatted(into, Numbers.suffix(type), limit, Numbers.suffix(type), limit, into));
        }
    }

    /** The activation {@code which} of a direction, on an expression without side effects. */
    String activation(int direction, int which, String v) {
        int index = direction * activations.size() / (int) directions + which;
        String f = Numbers.suffix(type);
        String alpha = parameter("activation_alpha", index);
        String beta = parameter("activation_beta", index);
        return switch (activations.get(index)) {
            case "Sigmoid" -> "1 / (1 + exp%s(-(%s)))".formatted(f, v);
            case "Tanh" -> "tanh%s(%s)".formatted(f, v);
            case "Relu" -> "fmax%s(0, %s)".formatted(f, v);
            case "Softsign" -> "(%s) / (1 + fabs%s(%s))".formatted(v, f, v);
            case "Softplus" -> "log1p%s(exp%s(%s))".formatted(f, f, v);
            case "Affine" -> "%s * (%s) + %s".formatted(alpha, v, beta);
            case "LeakyRelu" -> "(%s) < 0 ? %s * (%s) : (%s)".formatted(v, alpha, v, v);
            case "ThresholdedRelu" -> "(%s) > %s ? (%s) : 0".formatted(v, alpha, v);
            case "ScaledTanh" -> "%s * tanh%s(%s * (%s))".formatted(alpha, f, beta, v);
            case "HardSigmoid" -> "fmax%s(0, fmin%s(1, %s * (%s) + %s))".formatted(f, f, alpha, v, beta);
            case "Elu" -> "(%s) < 0 ? %s * (exp%s(%s) - 1) : (%s)".formatted(v, alpha, f, v, v);
            default -> throw call.unsupported("its activation is " + activations.get(index));
        };
    }

    private String parameter(String attribute, int index) {
        float[] given = call.attribute(attribute, new float[0]);
        boolean isAlpha = attribute.endsWith("alpha");
        float usual = switch (activations.get(index)) {
            case "HardSigmoid" -> isAlpha ? 0.2f : 0.5f;
            case "LeakyRelu" -> 0.01f;
            case "Affine" -> isAlpha ? 1 : 0;
            default -> 1;
        };
        return Numbers.literal(type, index < given.length ? given[index] : usual);
    }
}
