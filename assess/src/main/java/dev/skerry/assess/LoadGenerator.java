package dev.skerry.assess;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.Progress;
import dev.skerry.measure.QueryOrder;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Issues the queries of a scenario and takes their times. Nothing but the system's work is inside a latency; which samples come next is
 * found out between queries, or before the run.
 *
 * <p>In the Server scenario a latency begins at the scheduled arrival, whether or not anybody was free then, so a stall delays all
 * that arrive while it lasts, and shows in each of them.
 */
final class LoadGenerator {
    private static final long TELL_NANOS = 100_000_000;
    static final String CANCELLED = "interrupted";
    static final String FULL = "there is no more memory for latencies";
    static final String HOPELESS = "too many were over the bound";

    private final LongSupplier nanoTime;
    private final Pause pause;
    private final BooleanSupplier cancelled;
    private final int mostQueries;

    LoadGenerator(LongSupplier nanoTime, Pause pause, BooleanSupplier cancelled) {
        this(nanoTime, pause, cancelled, (int) Math.min(Runtime.getRuntime().maxMemory() / 64, Integer.MAX_VALUE / 2));
    }

    /** @param mostQueries how many latencies are kept; a run that would have more ends */
    LoadGenerator(LongSupplier nanoTime, Pause pause, BooleanSupplier cancelled, int mostQueries) {
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.cancelled = cancelled;
        this.mostQueries = mostQueries;
    }

    LoadRun run(LoadSettings settings, SystemUnderTest system, Progress progress) {
        return switch (settings.scenario()) {
            case SINGLE_STREAM, MULTI_STREAM -> streams(settings, system, progress);
            case SERVER -> server(settings, system, false, progress);
            case OFFLINE -> offline(settings, system, progress);
        };
    }

    /** A Server run that ends as soon as its percentile can no longer keep the bound. */
    LoadRun probe(LoadSettings settings, SystemUnderTest system, Progress progress) {
        return server(settings, system, true, progress);
    }

    private LoadRun streams(LoadSettings settings, SystemUnderTest system, Progress progress) {
        var order = new QueryOrder(settings);
        int[] samples = new int[order.size()];
        var latencies = new NumberLog();
        var issued = new IssuedSamples();
        String what = settings.scenario().label();
        String partial = null;
        long start = nanoTime.getAsLong();
        long told = start;
        long at;
        long done;
        do {
            order.next(samples);
            at = nanoTime.getAsLong();
            system.answer(0, samples, 0, samples.length);
            done = nanoTime.getAsLong();
            latencies.add(done - at);
            for (int sample : samples) {
                issued.add(sample);
            }
            system.account(0, at, done);
            if (done - told >= TELL_NANOS) {
                told = done;
                tell(progress, what, done - start, latencies.size(), settings);
            }
            partial = cancelled.getAsBoolean() ? CANCELLED : latencies.size() >= mostQueries ? FULL : null;
        } while (partial == null
                && (latencies.size() < settings.minQueries() || at - start < settings.minDurationNanos()));
        return new LoadRun(
                settings,
                new LoadTimes(latencies.toArray(), at - start, 0, done - start),
                issued.digest(),
                null,
                partial);
    }

    private static final class Arrivals {
        private final int[] samples;
        private final long[] dueNanos;

        Arrivals(NumberLog samples, NumberLog due) {
            this.samples =
                    Arrays.stream(samples.toArray()).mapToInt(Math::toIntExact).toArray();
            this.dueNanos = due.toArray();
        }
    }

    private LoadRun server(LoadSettings settings, SystemUnderTest system, boolean probing, Progress progress) {
        Arrivals arrivals = arrivals(settings);
        int queries = arrivals.samples.length;
        // sorted[floor(n·p)] keeps the bound while no more than this are over it
        long mayBeOver = queries - 1L - (int) (queries * settings.percentile());
        long[] latencies = new long[queries];
        long[] waits = new long[queries];
        var next = new AtomicInteger();
        var over = new AtomicLong();
        var partial = new AtomicReference<@Nullable String>();
        long start = nanoTime.getAsLong();
        long[] lastDone = new long[system.instances()];
        Worker answering = instance -> {
            long told = start;
            while (partial.get() == null) {
                int i = next.getAndIncrement();
                if (i >= queries) {
                    break;
                }
                long due = start + arrivals.dueNanos[i];
                long at = nanoTime.getAsLong();
                if (at < due) {
                    pause.until(due);
                    at = nanoTime.getAsLong();
                }
                system.answer(instance, arrivals.samples, i, i + 1);
                long done = nanoTime.getAsLong();
                latencies[i] = done - due;
                waits[i] = at - due;
                lastDone[instance] = done;
                system.account(instance, at, done);
                if (probing && done - due > settings.latencyBoundNanos() && over.incrementAndGet() > mayBeOver) {
                    partial.compareAndSet(null, HOPELESS);
                }
                if (cancelled.getAsBoolean()) {
                    partial.compareAndSet(null, CANCELLED);
                }
                if (instance == 0 && done - told >= TELL_NANOS) {
                    told = done;
                    tell(progress, settings.scenario().label(), arrivals.dueNanos[i], i, settings);
                }
            }
        };
        work(answering, system.instances(), partial);
        int answered = Math.min(next.get(), queries);
        if (answered < queries && partial.get() == null) {
            throw new IllegalStateException(answered + " of " + queries + " queries");
        }
        var waited = new LatencyHistogram();
        var issued = new IssuedSamples();
        for (int i = 0; i < answered; i++) {
            waited.record(Math.max(0, waits[i]));
            issued.add(arrivals.samples[i]);
        }
        long end = Arrays.stream(lastDone).max().orElse(start);
        long lastDue = arrivals.dueNanos[answered - 1];
        return new LoadRun(
                settings,
                new LoadTimes(
                        answered == queries ? latencies : Arrays.copyOf(latencies, answered),
                        lastDue + waits[answered - 1],
                        lastDue,
                        end - start),
                issued.digest(),
                waited.summary(),
                partial.get());
    }

    private Arrivals arrivals(LoadSettings settings) {
        var order = new QueryOrder(settings);
        var samples = new NumberLog();
        var due = new NumberLog();
        int[] query = new int[1];
        long last = 0;
        while (last < settings.minDurationNanos() || samples.size() < settings.minQueries() || samples.size() == 0) {
            if (samples.size() >= mostQueries) {
                throw Problem.usage("bench.memory", "so many queries a second can't be kept for so long")
                        .at(settings.targetQps() + " queries/s")
                        .because("there is memory for %,d latencies".formatted(mostQueries))
                        .attempt("SKERRY_JAVA_OPTIONS=-Xmx8g, a lower --target-qps, or a shorter --seconds")
                        .toException();
            }
            order.next(query);
            samples.add(query[0]);
            last = order.scheduledNanos();
            due.add(last);
        }
        return new Arrivals(samples, due);
    }

    private LoadRun offline(LoadSettings settings, SystemUnderTest system, Progress progress) {
        if (settings.samplesPerQuery() > mostQueries) {
            throw Problem.usage("bench.memory", "so many samples are more than there is memory for")
                    .at("%,d samples".formatted(settings.samplesPerQuery()))
                    .because("there is memory for %,d latencies".formatted(mostQueries))
                    .attempt("SKERRY_JAVA_OPTIONS=-Xmx8g, or a shorter --seconds")
                    .toException();
        }
        var order = new QueryOrder(settings);
        int[] samples = new int[order.size()];
        order.next(samples);
        long[] latencies = new long[samples.length];
        var next = new AtomicInteger();
        var partial = new AtomicReference<@Nullable String>();
        int batch = system.batch();
        long start = nanoTime.getAsLong();
        Worker answering = instance -> {
            long told = start;
            while (partial.get() == null) {
                int from = next.getAndAdd(batch);
                if (from >= samples.length || from < 0) {
                    break;
                }
                int to = Math.min(samples.length, from + batch);
                long at = nanoTime.getAsLong();
                system.answer(instance, samples, from, to);
                long done = nanoTime.getAsLong();
                Arrays.fill(latencies, from, to, done - start);
                system.account(instance, at, done);
                if (cancelled.getAsBoolean()) {
                    partial.compareAndSet(null, CANCELLED);
                }
                if (instance == 0 && done - told >= TELL_NANOS) {
                    told = done;
                    progress.step(settings.scenario().label(), to, samples.length);
                }
            }
        };
        work(answering, system.instances(), partial);
        int answered = Math.min(next.get() < 0 ? samples.length : next.get(), samples.length);
        var issued = new IssuedSamples();
        for (int i = 0; i < answered; i++) {
            issued.add(samples[i]);
        }
        long[] taken = answered == samples.length ? latencies : Arrays.copyOf(latencies, answered);
        return new LoadRun(
                settings,
                new LoadTimes(taken, 0, 0, Arrays.stream(taken).max().orElse(0)),
                issued.digest(),
                null,
                partial.get());
    }

    /** What an instance does from the first query to the last. */
    private interface Worker {
        void answer(int instance);
    }

    /** All instances at once, the first on this thread; the first failure ends the others and is thrown. */
    private static void work(Worker worker, int instances, AtomicReference<@Nullable String> partial) {
        var failure = new AtomicReference<@Nullable Throwable>();
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < instances; i++) {
            int instance = i;
            others.add(Thread.ofPlatform().daemon().name("bench-" + i).start(() -> {
                try {
                    worker.answer(instance);
                } catch (RuntimeException | Error thrown) {
                    failure.compareAndSet(null, thrown);
                    partial.compareAndSet(null, "failed");
                }
            }));
        }
        try {
            worker.answer(0);
        } catch (RuntimeException | Error thrown) {
            failure.compareAndSet(null, thrown);
            partial.compareAndSet(null, "failed");
        }
        for (Thread other : others) {
            join(other);
        }
        switch (failure.get()) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException thrown -> throw thrown;
            default -> throw new IllegalStateException("a worker failed");
        }
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The later of time and number of queries is what remains. */
    private static void tell(Progress progress, String what, long lasted, long queries, LoadSettings settings) {
        double byTime = settings.minDurationNanos() == 0 ? 1 : (double) lasted / settings.minDurationNanos();
        double byQueries = settings.minQueries() == 0 ? 1 : (double) queries / settings.minQueries();
        if (byTime <= byQueries || settings.scenario() == Scenario.OFFLINE) {
            long total = Math.max(1, settings.minDurationNanos() / 1_000_000_000);
            progress.step(what + ", " + total + " s", Math.min(total, lasted / 1_000_000_000), total);
        } else {
            progress.step(
                    what + ", " + settings.minQueries() + " queries",
                    Math.min(queries, settings.minQueries()),
                    settings.minQueries());
        }
    }
}
