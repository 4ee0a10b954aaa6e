package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs the float model and its variants over the samples, all in one pass, since reading a sample (decoding an image) may cost
 * more than an inference.
 *
 * @param verdicts by variant
 * @param failures why a variant couldn't run, by variant
 * @param truth whether the label is 1, per sample
 * @param classes labels that came up
 */
record Evaluation(
        Gate gate,
        Map<String, Verdicts> verdicts,
        Map<String, String> failures,
        BitSet truth,
        BitSet classes,
        long samples) {
    static final String FLOAT = "float";

    /** @param models by variant; {@link #FLOAT} is the one that the others are compared with */
    static Evaluation run(
            Map<String, Model> models, SampleSource samples, Sessions sessions, String what, Progress progress) {
        var open = new TreeMap<String, Sessions.Open>();
        var verdicts = new HashMap<String, Verdicts>();
        var failures = new HashMap<String, String>();
        Model reference = required(models);
        List<String> names = sessions.decisive(reference);
        var truth = new BitSet();
        var classes = new BitSet();
        boolean allLabelled = true;
        Tensor first = null;
        int seen = 0;
        try (var floatSession = sessions.open(reference, FLOAT)) {
            models.forEach((name, model) -> {
                verdicts.put(name, new Verdicts());
                if (!name.equals(FLOAT)) {
                    try {
                        open.put(name, sessions.open(model, name));
                    } catch (ProblemException unloadable) {
                        failures.put(name, unloadable.problem().toString());
                    }
                }
            });
            for (Sample sample : samples) {
                Sessions.stopIfInterrupted();
                progress.step(what, seen, samples.size());
                Map<String, Tensor> expected = floatSession.infer(sample);
                first = first == null ? expected.get(names.getFirst()) : first;
                int label = sample.label().orElse(-1);
                requireClass(label, expected.get(names.getFirst()), sample);
                allLabelled &= label >= 0;
                truth.set(seen, label == 1);
                if (label >= 0) {
                    classes.set(label);
                }
                seen++;
                required(verdicts).add(expected, expected, names, label);
                open.forEach((name, session) -> {
                    if (!failures.containsKey(name)) {
                        try {
                            verdicts.getOrDefault(name, new Verdicts())
                                    .add(expected, session.infer(sample), names, label);
                        } catch (ProblemException broken) {
                            failures.put(name, broken.problem().toString());
                        }
                    }
                });
            }
        } finally {
            open.values().forEach(Sessions.Open::close);
        }
        progress.step(what, samples.size(), samples.size());
        long samplesSeen = required(verdicts).samples();
        return new Evaluation(
                gate(first, allLabelled, truth, samplesSeen), verdicts, failures, truth, classes, samplesSeen);
    }

    private static void requireClass(int label, @Nullable Tensor output, Sample sample) {
        if (output == null || output.type() == DataType.STRING || output.elements() < 2) {
            return;
        }
        long classes = output.dims()[output.rank() - 1];
        if (classes > 1 && classes == output.elements() && label >= classes) {
            throw Problem.usage("compress.label", "label " + label + " of a model with " + classes + " classes")
                    .at("evaluation, sample " + sample.id())
                    .because("output '" + output.name() + "' is "
                            + output.type().name().toLowerCase(Locale.ROOT) + output.shape()
                            + ", so labels go from 0 to " + (classes - 1))
                    .attempt("the labels that belong to this model")
                    .toException();
        }
    }

    private static <T> T required(Map<String, T> byVariant) {
        T value = byVariant.get(FLOAT);
        if (value == null) {
            throw new IllegalArgumentException("no float model among " + byVariant.keySet());
        }
        return value;
    }

    private static Gate gate(@Nullable Tensor output, boolean labelled, BitSet truth, long samples) {
        if (output == null || !labelled || output.type() == DataType.STRING) {
            return Gate.AGREEMENT;
        }
        if (output.elements() == 1) {
            return truth.cardinality() > 0 && truth.cardinality() < samples ? Gate.AUC : Gate.AGREEMENT;
        }
        return Verdicts.decisions(output).length == 1 ? Gate.TOP_1 : Gate.AGREEMENT;
    }

    Verdicts of(String variant) {
        Verdicts found = verdicts.get(variant);
        if (found == null) {
            throw new IllegalArgumentException("no variant " + variant);
        }
        return found;
    }

    Gate.Outcome outcome(String variant) {
        boolean[] truths = new boolean[(int) samples];
        for (int i = 0; i < truths.length; i++) {
            truths[i] = truth.get(i);
        }
        return gate.judge(of(FLOAT), of(variant), truths);
    }
}
