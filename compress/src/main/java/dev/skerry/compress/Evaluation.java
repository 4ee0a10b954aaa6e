package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.ProblemException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs the float model and its variants over the samples, all in one pass, since reading a sample (decoding an image) may cost
 * more than an inference; and judges them.
 */
final class Evaluation {
    static final String FLOAT = "float";

    private final Panel panel;
    private final Map<String, Verdicts> verdicts;
    private final Map<String, String> failures;
    private final BitSet classes;
    private final long samples;
    private final Map<String, Outcome> outcomes = new HashMap<>();

    private Evaluation(
            Panel panel, Map<String, Verdicts> verdicts, Map<String, String> failures, BitSet classes, long samples) {
        this.panel = panel;
        this.verdicts = verdicts;
        this.failures = failures;
        this.classes = classes;
        this.samples = samples;
    }

    /**
     * @param models by variant; {@link #FLOAT} is the one that the others are compared with
     * @throws ProblemException where the float model can't be judged by {@code judging} on these samples; what is wrong with a
     *     variant is among the failures
     */
    static Evaluation run(
            Map<String, Model> models,
            SampleSource samples,
            Sessions sessions,
            Judging judging,
            String what,
            Progress progress) {
        return run(models, samples, sessions, sessions, judging, false, what, progress);
    }

    /** The same, the float model on one runtime and its variants on another. */
    static Evaluation run(
            Map<String, Model> models,
            SampleSource samples,
            Sessions sessions,
            Sessions ofVariants,
            Judging judging,
            String what,
            Progress progress) {
        return run(models, samples, sessions, ofVariants, judging, false, what, progress);
    }

    /**
     * Compares variants with the float model, whatever is known of the samples. Those on which the float model's answer is no
     * number are left out: calibration has told of them.
     */
    static Evaluation screen(
            Map<String, Model> models, SampleSource samples, Sessions sessions, String what, Progress progress) {
        return run(models, samples, sessions, sessions, Judging.by(Metric.AGREEMENT), true, what, progress);
    }

    private static Evaluation run(
            Map<String, Model> models,
            SampleSource samples,
            Sessions sessions,
            Sessions ofVariants,
            Judging judging,
            boolean skipsBroken,
            String what,
            Progress progress) {
        var open = new TreeMap<String, Sessions.Open>();
        var verdicts = new HashMap<String, Verdicts>();
        var failures = new HashMap<String, String>();
        Model reference = required(models);
        List<String> names = sessions.decisive(reference);
        var panel = new Panel(judging, names);
        var classes = new BitSet();
        long seen = 0;
        try (var floatSession = sessions.open(reference, FLOAT)) {
            models.forEach((name, model) -> {
                verdicts.put(name, new Verdicts());
                if (!name.equals(FLOAT)) {
                    try {
                        open.put(name, ofVariants.open(model, name));
                    } catch (ProblemException unloadable) {
                        failures.put(name, unloadable.problem().toString());
                    }
                }
            });
            for (Sample sample : samples) {
                Sessions.stopIfInterrupted();
                progress.step(what, seen++, samples.size());
                Map<String, Tensor> expected = floatSession.infer(sample);
                if (skipsBroken && isNaN(expected, names)) {
                    continue;
                }
                requireNumber(expected, names, sample);
                panel.add(FLOAT, sample, expected);
                required(verdicts).add(expected, expected, names);
                sample.label().ifPresent(classes::set);
                open.forEach((name, session) -> {
                    if (!failures.containsKey(name)) {
                        try {
                            Map<String, Tensor> actual = session.infer(sample);
                            requireNumber(actual, names, sample);
                            panel.add(name, sample, actual);
                            verdicts.getOrDefault(name, new Verdicts()).add(expected, actual, names);
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
        panel.finish();
        int asked = 0;
        for (var model : models.entrySet()) {
            if (judging.evaluator() != null) {
                progress.step("asking the evaluator", asked++, models.size());
            }
            if (!failures.containsKey(model.getKey())) {
                try {
                    panel.ask(model.getKey(), model.getValue());
                } catch (ProblemException broken) {
                    if (model.getKey().equals(FLOAT) || broken.problem().code().equals("compress.cancelled")) {
                        throw broken;
                    }
                    failures.put(model.getKey(), broken.problem().toString());
                }
            }
        }
        return new Evaluation(panel, verdicts, failures, classes, seen);
    }

    /** Whether the float model can be judged by these samples; nothing is counted. */
    static void check(Model floatModel, List<Sample> samples, Sessions sessions, Judging judging) {
        List<String> names = sessions.decisive(floatModel);
        var panel = new Panel(judging, names);
        try (var session = sessions.open(floatModel, FLOAT)) {
            for (Sample sample : samples) {
                Map<String, Tensor> outputs = session.infer(sample);
                requireNumber(outputs, names, sample);
                panel.add(FLOAT, sample, outputs);
            }
        }
    }

    private static void requireNumber(Map<String, Tensor> outputs, List<String> names, Sample sample) {
        Tensor decisive = outputs.get(names.getFirst());
        if (decisive != null && isNaN(outputs, names)) {
            throw Tally.notANumber(decisive, sample).toException();
        }
    }

    private static boolean isNaN(Map<String, Tensor> outputs, List<String> names) {
        Tensor decisive = outputs.get(names.getFirst());
        return decisive != null && Tally.holdsNaN(decisive);
    }

    private static <T> T required(Map<String, T> byVariant) {
        T value = byVariant.get(FLOAT);
        if (value == null) {
            throw new IllegalArgumentException("no float model among " + byVariant.keySet());
        }
        return value;
    }

    Metric metric() {
        return panel.metric();
    }

    /** What the metric is called; an evaluator of the user's own has its own word. */
    String metricLabel() {
        return panel.label();
    }

    Scale scale() {
        return panel.scale();
    }

    /** Why variants couldn't run, by variant. */
    Map<String, String> failures() {
        return failures;
    }

    /** Labels that came up. */
    BitSet classes() {
        return classes;
    }

    long samples() {
        return samples;
    }

    /** How many samples the metric is of; those of the user's own evaluator where it said how many. */
    long judged() {
        return panel.asked().orElse(samples);
    }

    Verdicts of(String variant) {
        Verdicts found = verdicts.get(variant);
        if (found == null) {
            throw new IllegalArgumentException("no variant " + variant);
        }
        return found;
    }

    /** How a variant that ran does; intervals take a moment the first time. */
    Outcome outcome(String variant) {
        Outcome known = outcomes.get(variant);
        if (known == null) {
            known = panel.outcome(variant, of(variant));
            outcomes.put(variant, known);
        }
        return known;
    }

    /** Class by class the float model and one variant; the float model alone where that is the variant. */
    List<ClassResult> classes(String variant) {
        return panel.classes(variant);
    }
}
