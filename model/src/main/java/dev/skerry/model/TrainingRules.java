package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Losses, and the steps of optimizers. */
final class TrainingRules {
    private static final String TRAINING = "ai.onnx.preview.training:";

    static final Map<String, Rule> RULES = Map.of(
            "NegativeLogLikelihoodLoss",
            TrainingRules::loss,
            "SoftmaxCrossEntropyLoss",
            TrainingRules::loss,
            TRAINING + "Adagrad",
            op -> step(op, 3, 0, 2),
            TRAINING + "Adam",
            op -> step(op, 4, 0, 2, 3),
            TRAINING + "Momentum",
            op -> step(op, 3, 0, 2));

    private TrainingRules() {}

    private static void loss(Operation op) {
        boolean reduced = !op.node().stringAttribute("reduction", "mean").equals("none");
        List<Dim> x = op.dims(0);
        List<Dim> y = null;
        if (reduced) {
            y = List.of();
        } else if (x != null) {
            y = new ArrayList<>(x);
            y.remove(1);
        }
        op.set(0, op.element(0), y);
        op.set(1, op.type(0));
    }

    /** Inputs: rate, count, then {@code groups} lists of n tensors; outputs: the groups named, each new. */
    private static void step(Operation op, int groups, int... outputs) {
        int count = (op.inputs() - 2) / groups;
        for (int group = 0; group < outputs.length; group++) {
            for (int i = 0; i < count; i++) {
                op.set(group * count + i, op.type(2 + outputs[group] * count + i));
            }
        }
    }
}
