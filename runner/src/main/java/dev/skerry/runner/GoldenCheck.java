package dev.skerry.runner;

import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Session;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Holds a loaded model to its golden vectors. */
final class GoldenCheck {
    private final Session session;
    private final double tolerance;
    private final String where;

    /**
     * Over a loaded model.
     *
     * @param where what people call the model, for problems
     */
    GoldenCheck(Session session, double tolerance, String where) {
        this.session = session;
        this.tolerance = tolerance;
        this.where = where;
    }

    /**
     * Runs all of them.
     *
     * @throws dev.skerry.problem.ProblemException a gate with code {@code run.golden} that names the first output that differs by
     *     more than the tolerance
     */
    RunReport.Golden check(GoldenVectors vectors) {
        double worst = 0;
        int number = 0;
        for (GoldenVectors.Case one : vectors.cases()) {
            if (session instanceof StatefulSession stateful) {
                stateful.reset();
            }
            Map<String, Tensor> outputs = session.infer(one.inputs());
            for (String name : one.outputs().keySet().stream().sorted().toList()) {
                Tensor expected = one.outputs().get(name);
                Tensor found = outputs.get(name);
                if (expected != null) {
                    worst = Math.max(worst, compare(number, name, expected, found));
                }
            }
            number++;
        }
        return new RunReport.Golden(number, worst, tolerance);
    }

    private double compare(int number, String name, Tensor expected, @Nullable Tensor found) {
        String place = where + ", golden vector " + number + ", output " + name;
        if (found == null || found.type() != expected.type() || !Arrays.equals(found.dims(), expected.dims())) {
            throw refused("expected " + expected + ", found " + (found == null ? "no such output" : found), place);
        }
        if (expected.type() == DataType.STRING) {
            if (!found.strings().equals(expected.strings())) {
                throw refused("other strings than expected", place);
            }
            return 0;
        }
        double worst = 0;
        for (long i = 0; i < expected.elements(); i++) {
            double wanted = expected.valueAt(i);
            double got = found.valueAt(i);
            boolean same = Double.compare(wanted, got) == 0;
            double difference = same ? 0 : Math.abs(wanted - got);
            if (!(difference <= tolerance)) {
                throw refused(
                        "element " + i + " is " + got + ", expected " + wanted + ", tolerance " + tolerance, place);
            }
            worst = Math.max(worst, difference);
        }
        return worst;
    }

    private static RuntimeException refused(String why, String place) {
        return Problem.gate("run.golden", "the model doesn't reproduce its golden vectors on this machine")
                .at(place)
                .because(why)
                .attempt("packing the model for this machine's instruction set")
                .attempt("a fresh copy of the bundle")
                .toException();
    }
}
