package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.pipeline.SampleSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model, and what its values do on the calibration samples. Each kind of statistic is gathered when first asked for, in one
 * pass over the samples and in memory that doesn't grow with their number.
 */
final class Studied {
    private final Model model;
    private final SampleSource samples;
    private final Sessions sessions;
    private final Progress progress;
    private final Map<RangeMethod, Map<String, Range>> ranges = new HashMap<>();
    private final Map<Technique, Step> steps = new HashMap<>();
    private final Map<String, Gram> grams;
    private final Map<Integer, NarrowPlan> plans = new HashMap<>();
    private @Nullable Calibration calibration;
    private @Nullable ChannelStatistics channels;

    Studied(Model model, SampleSource samples, Sessions sessions, Progress progress) {
        this(model, samples, sessions, progress, new LinkedHashMap<>());
    }

    private Studied(Model model, SampleSource samples, Sessions sessions, Progress progress, Map<String, Gram> grams) {
        this.grams = grams;
        this.model = model;
        this.samples = samples;
        this.sessions = sessions;
        this.progress = progress;
    }

    /** The same, to be studied on other samples from here on. */
    Studied on(SampleSource usable) {
        var same = new Studied(model, usable, sessions, progress);
        same.calibration = calibration;
        same.channels = channels;
        return same;
    }

    /** Another form of the model; of its values nothing is known yet. */
    Studied with(Model changed) {
        return new Studied(changed, samples, sessions, progress);
    }

    /** Another form of the model whose values do what they did before. */
    Studied withSameValues(Model changed) {
        var same = new Studied(changed, samples, sessions, progress, grams);
        same.calibration = calibration;
        same.channels = channels;
        return same;
    }

    /** What a technique makes of the model, and what is known of that. */
    record Step(Rewritten made, Studied next) {}

    Step step(Technique technique) {
        Rewritten made = technique.apply(this);
        return new Step(made, with(made.model()));
    }

    /** The same, kept: so several recipes that begin with a technique cost one calibration of what it makes. */
    Step sharedStep(Technique technique) {
        Step known = steps.get(technique);
        if (known == null) {
            known = step(technique);
            steps.put(technique, known);
        }
        return known;
    }

    /** The same model on other samples; of its values nothing is known yet. */
    Studied afresh(SampleSource others) {
        return new Studied(model, others, sessions, progress);
    }

    Model model() {
        return model;
    }

    SampleSource samples() {
        return samples;
    }

    Sessions sessions() {
        return sessions;
    }

    Progress progress() {
        return progress;
    }

    Calibration calibration() {
        if (calibration == null) {
            calibration = Calibration.run(model, samples, sessions, progress);
        }
        return calibration;
    }

    Map<String, Range> ranges(RangeMethod method) {
        return ranges.computeIfAbsent(method, calibration()::ranges);
    }

    /** Extremes and means per channel of the values that layers read and make. */
    ChannelStatistics channels() {
        if (channels == null) {
            channels = ChannelStatistics.gather(this);
        }
        return channels;
    }

    /** What it costs to remove channels, widths being multiples of so many. */
    NarrowPlan narrowing(int multipleOf) {
        NarrowPlan plan = plans.get(multipleOf);
        if (plan == null) {
            plan = new NarrowPlan(this, multipleOf);
            plans.put(multipleOf, plan);
        }
        return plan;
    }

    /** Second moments of what a layer reads. Asking for many at once takes one pass; see {@link #gather}. */
    Gram gram(Node layer) {
        gather(List.of(layer));
        Gram gram = grams.get(layer.output(0));
        if (gram == null) {
            throw new IllegalArgumentException(layer.label() + " has no weights as a matrix");
        }
        return gram;
    }

    /** Second moments for a table whose rows are looked up; empty where there is no way to find them. */
    Optional<Gram> tableMoments(Node gather) {
        Optional<Gram> known = Optional.ofNullable(grams.get(gather.output(0)));
        if (known.isPresent()) {
            return known;
        }
        Optional<Gram> found = TableMoments.of(this, gather);
        found.ifPresent(gram -> grams.put(gather.output(0), gram));
        return found;
    }

    /** Second moments of what these layers read, in one pass. */
    void gather(List<Node> layers) {
        List<Node> missing = layers.stream()
                .filter(layer -> !grams.containsKey(layer.output(0)))
                .toList();
        if (!missing.isEmpty()) {
            grams.putAll(Gram.gather(this, missing));
        }
    }
}
