package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.SampleSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Compares variants with the float model on some of the calibration samples, so that evaluation samples have no part in what is tried. */
final class Screening {
    /**
     * How true a variant is.
     *
     * @param sqnrDecibel of its outputs; −∞ where it didn't run
     * @param agreementPercent decisions equal to the float model's
     */
    record Found(double sqnrDecibel, double agreementPercent) {
        static final Found BROKEN = new Found(Double.NEGATIVE_INFINITY, 0);
    }

    private final Model floatModel;
    private final SampleSource samples;
    private final Sessions sessions;
    private final Progress progress;
    private final Remembered remembered;
    private final Map<String, Found> found = new HashMap<>();

    Screening(Model floatModel, SampleSource samples, Sessions sessions, Progress progress, Remembered remembered) {
        this.floatModel = floatModel;
        this.samples = samples;
        this.sessions = sessions;
        this.progress = progress;
        this.remembered = remembered;
    }

    /** Looks at those that it hasn't seen yet. */
    void compare(List<Candidate> candidates) {
        for (Candidate candidate : candidates) {
            if (!found.containsKey(candidate.name())) {
                remembered.screened(candidate.name()).ifPresent(known -> found.put(candidate.name(), known));
            }
        }
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, floatModel);
        candidates.stream()
                .filter(candidate -> !found.containsKey(candidate.name()))
                .forEach(candidate -> models.put(candidate.name(), candidate.model()));
        if (models.size() == 1) {
            return;
        }
        Evaluation screened = Evaluation.screen(models, samples, sessions, "screening", progress);
        models.keySet().stream().filter(name -> !name.equals(Evaluation.FLOAT)).forEach(name -> {
            Found seen = screened.failures().containsKey(name) ? Found.BROKEN : of(screened.of(name));
            found.put(name, seen);
            remembered.screened(name, seen);
        });
    }

    private static Found of(Verdicts verdicts) {
        double decibel = verdicts.sqnrDecibel();
        return new Found(Double.isNaN(decibel) ? Double.NEGATIVE_INFINITY : decibel, verdicts.agreementPercent());
    }

    Found of(Candidate candidate) {
        return found.getOrDefault(candidate.name(), Found.BROKEN);
    }

    double sqnr(Candidate candidate) {
        return of(candidate).sqnrDecibel();
    }
}
