package dev.skerry.runtime;

import dev.skerry.measure.Progress;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which file of a model is the fastest here, on which runtime and execution provider and with how many threads: all combinations
 * are checked against reference outputs and then measured in alternation, the fastest ones once more among themselves. What fails,
 * differs or is slower stays in the table with its reason.
 */
public final class Selection {
    private final List<RuntimeProvider> runtimes;
    private final LongSupplier nanoTime;

    /**
     * A file of the model.
     *
     * @param precision how the table calls it: {@code float32}, {@code int8}
     * @param tolerance how far its outputs may be from the references
     */
    public record Variant(String precision, Path file, Tolerance tolerance) {}

    /**
     * An execution provider beside the CPU, for runtimes that take them.
     *
     * @param cpuFallback whether nodes that it doesn't take may run on the CPU; the row then says which
     * @param contexts folder for what it compiles ahead; null for nothing
     */
    public record Accelerator(
            SessionOptions.Plugin plugin,
            boolean cpuFallback,
            @Nullable Path contexts) {
        /** The options of a session that runs on it. */
        SessionOptions of(SessionOptions options) {
            return options.withPlugins(List.of(plugin), cpuFallback).withContexts(contexts);
        }
    }

    /**
     * What to measure.
     *
     * @param variants the first is what others are compared with
     * @param threads intra-op threads to try
     * @param accelerators execution providers to try beside the CPU
     * @param states state outputs to state inputs; empty for a model without state
     * @param dims sizes of named dimensions, for the state
     * @param samples inputs by name, all of the same dimensions
     * @param references what a sample's outputs shall be, in the order of the samples; where empty, the outputs of the first
     *     combination that works
     * @param limits what a combination has to keep to
     * @param budget time for measuring, all combinations together
     */
    public record Request(
            List<Variant> variants,
            List<Integer> threads,
            List<Accelerator> accelerators,
            Map<String, String> states,
            Map<String, Long> dims,
            List<Map<String, Tensor>> samples,
            List<Map<String, Tensor>> references,
            RowBudget limits,
            Duration budget) {
        public Request {
            variants = List.copyOf(variants);
            threads = List.copyOf(threads);
            accelerators = List.copyOf(accelerators);
            samples = List.copyOf(samples);
            references = List.copyOf(references);
            if (variants.isEmpty() || threads.isEmpty() || samples.isEmpty()) {
                throw new IllegalArgumentException("nothing to measure");
            }
            if (!references.isEmpty() && references.size() != samples.size()) {
                throw new IllegalArgumentException(
                        references.size() + " references for " + samples.size() + " samples");
            }
        }

        /** On the CPU, without a limit. */
        public Request(
                List<Variant> variants,
                List<Integer> threads,
                Map<String, String> states,
                Map<String, Long> dims,
                List<Map<String, Tensor>> samples,
                List<Map<String, Tensor>> references,
                Duration budget) {
            this(variants, threads, List.of(), states, dims, samples, references, RowBudget.NONE, budget);
        }

        public Request withAccelerators(List<Accelerator> accelerators) {
            return new Request(variants, threads, accelerators, states, dims, samples, references, limits, budget);
        }

        public Request withLimits(RowBudget limits) {
            return new Request(variants, threads, accelerators, states, dims, samples, references, limits, budget);
        }
    }

    /**
     * Selects among the given runtimes.
     *
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public Selection(List<RuntimeProvider> runtimes, LongSupplier nanoTime) {
        this.runtimes = List.copyOf(runtimes);
        this.nanoTime = nanoTime;
    }

    public SelectionReport measure(Request request) {
        return measure(request, MemoryMeter.NONE, Progress.NONE);
    }

    /**
     * The same.
     *
     * @param memory measures what combinations hold
     * @param progress told what is being opened, and how far the timing is
     */
    public SelectionReport measure(Request request, MemoryMeter memory, Progress progress) {
        var rows = new ArrayList<SelectionRow>();
        var entrants = new ArrayList<Entrant>();
        var failed = new HashSet<List<Object>>();
        List<Map<String, Tensor>> references = request.references();
        List<Combination> combinations = Combination.all(runtimes, request);
        try {
            for (int i = 0; i < combinations.size(); i++) {
                Combination combination = combinations.get(i);
                if (failed.contains(combination.withoutThreads())) {
                    continue; // with more threads it would fail for the same reason
                }
                progress.step("opening", i, combinations.size());
                SelectionRow row = combination.row();
                Entrant entrant = null;
                boolean kept = false;
                try {
                    entrant = Entrant.open(combination, request);
                    row = row.with(entrant.detail());
                    List<Map<String, Tensor>> outputs = entrant.infer(request.samples());
                    references = references.isEmpty() ? outputs : references;
                    var agreement = Agreement.between(references, outputs);
                    String reason = combination.variant().tolerance().objection(agreement);
                    if (reason != null) {
                        rows.add(row.rejected(reason, agreement));
                        continue;
                    }
                    row = row.with(row.detail().withMemory(memory.bytes(combination.use(), request)));
                    entrants.add(entrant.bound(row, agreement, request.samples()));
                    kept = true;
                } catch (ProblemException failure) {
                    rows.add(row.failed(reason(failure.problem())));
                    failed.add(combination.withoutThreads());
                } finally {
                    if (entrant != null && !kept) {
                        entrant.close();
                    }
                }
            }
            rows.addAll(0, new Rounds(nanoTime, progress).time(entrants, request));
        } finally {
            entrants.forEach(Entrant::close);
        }
        return SelectionReport.ranked(rows);
    }

    /** Where, what and why; what to try is for who asks for this combination alone. */
    private static String reason(Problem problem) {
        return (problem.where() == null ? "" : problem.where() + ": ")
                + problem.what()
                + (problem.why() == null ? "" : " · " + problem.why());
    }
}
