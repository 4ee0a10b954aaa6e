package dev.skerry.runtime;

import dev.skerry.measure.AlternatingTimer;
import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.Progress;
import dev.skerry.measure.RatioEstimate;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Times models on runtimes in alternation in one process, each on inputs of its own, so that a model with INT8 inputs stands beside one
 * with float inputs, and one runtime beside another. Whether their outputs agree is for others to judge ({@link Selection}).
 */
public final class SideBySide {
    /** Enough rounds for the interval of a ratio. */
    private static final int MIN_ROUNDS = 8;

    private SideBySide() {}

    /**
     * What is timed.
     *
     * @param session opens it; closed when all is measured
     * @param inputs what it is run on, by the session's inputs
     */
    public record Entry(String name, Supplier<Session> session, Function<Session, Map<String, Tensor>> inputs) {}

    /** What came of an entry. */
    public sealed interface Row {
        String name();

        /**
         * It was timed.
         *
         * @param ratio its time ÷ that of the first entry
         */
        record Timed(String name, LatencySummary latency, RatioEstimate ratio) implements Row {}

        /** It doesn't run here. */
        record Failed(String name, Problem problem) implements Row {}
    }

    private record Runner(String name, Session session, Binding binding) implements AutoCloseable {
        @Override
        public void close() {
            binding.close();
            session.close();
        }
    }

    /**
     * Times them, single inferences, and says for each in the order given what came of it. What doesn't run is a row with its problem.
     *
     * @param budget time for measuring, all entries together
     * @param nanoTime a monotonic clock in nanoseconds
     * @throws ProblemException where the first entry, which ratios refer to, doesn't run
     */
    public static List<Row> time(List<Entry> entries, Duration budget, LongSupplier nanoTime) {
        return time(entries, budget, nanoTime, Progress.NONE);
    }

    /** The same, telling how far it is. */
    public static List<Row> time(List<Entry> entries, Duration budget, LongSupplier nanoTime, Progress progress) {
        var runners = new ArrayList<Runner>();
        var failed = new TreeMap<Integer, Row>();
        try {
            for (Entry entry : entries) {
                try {
                    runners.add(open(entry));
                } catch (ProblemException failure) {
                    if (runners.isEmpty()) {
                        throw failure;
                    }
                    failed.put(runners.size() + failed.size(), new Row.Failed(entry.name(), failure.problem()));
                }
            }
            List<Runnable> runs = runners.stream()
                    .<Runnable>map(runner -> runner.binding()::run)
                    .toList();
            AlternatingTimer.Comparison comparison =
                    new AlternatingTimer(nanoTime).compare(runs, budget, MIN_ROUNDS, progress);
            var rows = new ArrayList<Row>();
            for (int i = 0; i < runners.size(); i++) {
                rows.add(new Row.Timed(
                        runners.get(i).name(),
                        comparison.summaries().get(i),
                        comparison.ratios().get(i)));
            }
            failed.forEach(rows::add);
            return List.copyOf(rows);
        } finally {
            runners.forEach(Runner::close);
        }
    }

    private static Runner open(Entry entry) {
        Session session = entry.session().get();
        boolean bound = false;
        try {
            Map<String, Tensor> inputs = entry.inputs().apply(session);
            var dims = new TreeMap<String, long[]>();
            inputs.forEach((name, tensor) -> dims.put(name, tensor.dims()));
            Binding binding = session.bind(dims);
            inputs.forEach((name, tensor) -> binding.input(name).copyFrom(tensor.data()));
            bound = true;
            return new Runner(entry.name(), session, binding);
        } finally {
            if (!bound) {
                session.close();
            }
        }
    }
}
