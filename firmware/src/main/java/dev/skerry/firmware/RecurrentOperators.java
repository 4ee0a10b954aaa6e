package dev.skerry.firmware;

import java.util.Map;

/** Networks that go step by step through a sequence. */
final class RecurrentOperators {
    static final Map<String, Operator> ALL = Map.of(
            "RNN", call -> new Recurrence(call, 1, "Tanh").write(RecurrentOperators::plain),
            "GRU", call -> new Recurrence(call, 3, "Sigmoid", "Tanh").write(RecurrentOperators::gatedUnit),
            "LSTM", call -> new Recurrence(call, 4, "Sigmoid", "Tanh", "Tanh").write(RecurrentOperators::longShort));

    private RecurrentOperators() {}

    private static void plain(Recurrence r, Body body, int direction) {
        long size = r.hidden();
        body.loop("j", size, () -> {
            r.sum(body, direction, "sum", 0, true, true, true);
            body.line("next[j] = " + r.activation(direction, 0, "sum") + ";");
        });
        body.loop("j", size, () -> body.line("h[j] = next[j];"));
    }

    /** Update, reset and candidate, in this order. */
    private static void gatedUnit(Recurrence r, Body body, int direction) {
        long size = r.hidden();
        boolean resetsAfter = r.call().attribute("linear_before_reset", 0) != 0;
        body.loop("j", 2 * size, () -> {
            r.sum(body, direction, "sum", 0, true, true, true);
            body.line("gates[j] = " + r.activation(direction, 0, "sum") + ";");
        });
        if (!resetsAfter) {
            body.loop("j", size, () -> body.line("next[j] = gates[%d + j] * h[j];".formatted(size)));
        }
        body.loop("j", size, () -> {
            r.sum(body, direction, "sum", 2, true, false, true);
            if (resetsAfter) {
                r.sum(body, direction, "of_state", 2, false, true, true);
                body.line("sum += gates[%d + j] * of_state;".formatted(size));
            } else {
                r.sum(body, direction, "of_state", 2, false, true, true, "next");
                body.line("sum += of_state;");
            }
            body.line("gates[%d + j] = %s;".formatted(2 * size, r.activation(direction, 1, "sum")));
        });
        body.loop(
                "j",
                size,
                () -> body.line("h[j] = (1 - gates[j]) * gates[%d + j] + gates[j] * h[j];".formatted(2 * size)));
    }

    /** Input, output, forget and cell, in this order. */
    private static void longShort(Recurrence r, Body body, int direction) {
        long size = r.hidden();
        Call call = r.call();
        boolean peeps = call.has(7);
        body.loop("j", 4 * size, () -> {
            r.sum(body, direction, "sum", 0, true, true, true);
            body.line("gates[j] = sum;");
        });
        body.loop("j", size, () -> {
            if (peeps) {
                Body.Variable p = body.reads("peepholes", call.input(7));
                long base = 3 * size * direction;
                body.line("gates[j] += %s * c[j];".formatted(p.at(base + " + j")));
                body.line("gates[%d + j] += %s * c[j];".formatted(2 * size, p.at((base + 2 * size) + " + j")));
            }
            String number = r.number();
            body.line("%s in = %s;".formatted(number, r.activation(direction, 0, "gates[j]")));
            boolean isCoupled = call.attribute("input_forget", 0) != 0;
            String kept = isCoupled ? "1 - in" : r.activation(direction, 0, "gates[" + 2 * size + " + j]");
            body.line("%s kept = %s;".formatted(number, kept));
            String cell = r.activation(direction, 1, "gates[" + 3 * size + " + j]");
            body.line("c[j] = kept * c[j] + in * %s;".formatted(cell));
            if (peeps) {
                Body.Variable p = body.reads("peepholes", call.input(7));
                body.line("gates[%d + j] += %s * c[j];".formatted(size, p.at((3 * size * direction + size) + " + j")));
            }
            String out = r.activation(direction, 0, "gates[" + size + " + j]");
            body.line("h[j] = %s * %s;".formatted(out, r.activation(direction, 2, "c[j]")));
        });
    }
}
