package dev.skerry.runtime;

import dev.skerry.measure.AlternatingTimer;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which file of a model is the fastest here, on which runtime and with how many threads: all combinations are checked against
 * reference outputs and then measured in alternation. What fails, differs or is slower stays in the table with its reason.
 */
public final class Selection {
    /** Enough rounds for the interval of a ratio. */
    private static final int MIN_ROUNDS = 6;

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
     * What to measure.
     *
     * @param variants the first is what others are compared with
     * @param threads intra-op threads to try
     * @param states state outputs to state inputs; empty for a model without state
     * @param dims sizes of named dimensions, for the state
     * @param samples inputs by name, all of the same dimensions
     * @param references what a sample's outputs shall be, in the order of the samples; where empty, the outputs of the first
     *     combination that works
     * @param budget time for measuring, all combinations together
     */
    public record Request(
            List<Variant> variants,
            List<Integer> threads,
            Map<String, String> states,
            Map<String, Long> dims,
            List<Map<String, Tensor>> samples,
            List<Map<String, Tensor>> references,
            Duration budget) {
        public Request {
            variants = List.copyOf(variants);
            threads = List.copyOf(threads);
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

    /** A combination that runs and agrees. */
    private record Runner(SelectionRow row, Session session, Binding binding, Agreement agreement) {}

    public SelectionReport measure(Request request) {
        var rows = new ArrayList<SelectionRow>();
        var runners = new ArrayList<Runner>();
        List<Map<String, Tensor>> references = request.references();
        try {
            for (RuntimeProvider runtime : runtimes) {
                for (Variant variant : request.variants()) {
                    for (int threads : request.threads()) {
                        if (threads
                                > Math.max(
                                        runtime.mostThreads(), request.threads().getFirst())) {
                            continue; // it would be the same row again
                        }
                        var row = SelectionRow.of(runtime.name(), provider(runtime), variant.precision(), threads);
                        Session session = null;
                        boolean kept = false;
                        try {
                            session = open(runtime, variant, threads, request);
                            List<Map<String, Tensor>> outputs = infer(session, request.samples());
                            references = references.isEmpty() ? outputs : references;
                            var agreement = Agreement.between(references, outputs);
                            String reason = variant.tolerance().objection(agreement);
                            if (reason != null) {
                                rows.add(row.rejected(reason, agreement));
                                continue;
                            }
                            runners.add(new Runner(row, session, bind(session, request), agreement));
                            kept = true;
                        } catch (ProblemException failure) {
                            rows.add(row.failed(failure.problem().toString()));
                        } finally {
                            if (session != null && !kept) {
                                session.close();
                            }
                        }
                    }
                }
            }
            rows.addAll(0, time(runners, request));
        } finally {
            runners.forEach(runner -> {
                runner.binding.close();
                runner.session.close();
            });
        }
        return SelectionReport.ranked(rows);
    }

    private List<SelectionRow> time(List<Runner> runners, Request request) {
        if (runners.isEmpty()) {
            return List.of();
        }
        List<Runnable> work = runners.stream()
                .map(runner -> feeding(runner.binding, request.samples()))
                .toList();
        var comparison = new AlternatingTimer(nanoTime).compare(work, request.budget(), MIN_ROUNDS);
        var rows = new ArrayList<SelectionRow>();
        for (int i = 0; i < runners.size(); i++) {
            rows.add(runners.get(i)
                    .row
                    .measured(comparison.summaries().get(i), comparison.ratios().get(i), runners.get(i).agreement));
        }
        return rows;
    }

    /** One inference with the next sample; copying it in is part of the work. */
    private static Runnable feeding(Binding binding, List<Map<String, Tensor>> samples) {
        return new Runnable() {
            private int next;

            @Override
            public void run() {
                samples.get(next).forEach((name, tensor) -> binding.input(name).copyFrom(tensor.data()));
                next = (next + 1) % samples.size();
                binding.run();
            }
        };
    }

    private static Session open(RuntimeProvider runtime, Variant variant, int threads, Request request) {
        Session session = runtime.open(
                variant.file(), SessionOptions.DEFAULT.withThreads(threads).withDims(request.dims()));
        if (request.states().isEmpty()) {
            return session;
        }
        try {
            return StatefulSession.of(session, request.states(), request.dims());
        } catch (ProblemException failure) {
            session.close();
            throw failure;
        }
    }

    private static List<Map<String, Tensor>> infer(Session session, List<Map<String, Tensor>> samples) {
        return samples.stream().map(session::infer).toList();
    }

    private static Binding bind(Session session, Request request) {
        var dims = new LinkedHashMap<String, long[]>();
        Map<String, Tensor> first = request.samples().getFirst();
        for (Map<String, Tensor> sample : request.samples()) {
            sample.forEach((name, tensor) -> {
                Tensor like = first.get(name);
                if (like != null && !like.shape().equals(tensor.shape())) {
                    throw Problem.usage("runtime.samples", "samples to measure with must have the same dimensions")
                            .at(name)
                            .because("found " + like.shape() + " and " + tensor.shape())
                            .toException();
                }
                dims.put(name, tensor.dims());
            });
        }
        return session.bind(dims);
    }

    private static @Nullable String provider(RuntimeProvider runtime) {
        return switch (runtime.probe()) {
            case Availability.Present present
            when !present.providers().isEmpty() -> present.providers().getFirst();
            case Availability.Present _, Availability.Missing _ -> null;
        };
    }
}
