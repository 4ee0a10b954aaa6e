package dev.skerry.assess;

import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.Progress;
import dev.skerry.measure.QueryOrder;
import dev.skerry.measure.Scenario;
import dev.skerry.measure.TimeText;
import dev.skerry.model.Cost;
import dev.skerry.model.ModelCost;
import dev.skerry.model.OpenBatch;
import dev.skerry.pipeline.Noise;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs scenarios on runtimes, one after the other, and says of each what came of it. Where one can't be measured its row says why; nobody
 * takes its place.
 */
public final class Bench {
    private static final Path SYSFS = Path.of("/sys");
    /** A rate that kept the bound in a short trial may not keep it in the whole run; then a bit less is tried. */
    private static final double STEP_DOWN = 0.95;

    private static final int MOST_RETRIES = 4;
    private static final int TRIALS = 3;
    static final int NOISE = 64;

    private final BenchSubject subject;
    private final BenchPlan plan;
    private final SampleLibrary samples;
    private final LongSupplier nanoTime;
    private final BooleanSupplier cancelled;
    private final Progress progress;
    private final EnergySensor.Finding energy;
    private @Nullable Double idleWatts;

    /**
     * A benchmark of a model.
     *
     * @param samples made with {@link #load}
     * @param nanoTime a monotonic clock in nanoseconds
     * @param cancelled asked after each query; where it is true, what is under way ends, and nothing more begins
     */
    public Bench(
            BenchSubject subject,
            BenchPlan plan,
            SampleLibrary samples,
            LongSupplier nanoTime,
            BooleanSupplier cancelled,
            Progress progress) {
        this.subject = subject;
        this.plan = plan;
        this.samples = samples;
        this.nanoTime = nanoTime;
        this.cancelled = cancelled;
        this.progress = progress;
        this.energy = EnergySensor.find(SYSFS);
    }

    /**
     * Loads the samples that the plan's queries ask for.
     *
     * @param origin what a person calls them
     * @param total how many the source has
     * @param mostBytes how much memory they may take
     */
    public static SampleLibrary load(
            String origin, long total, Iterable<Sample> source, BenchPlan plan, long mostBytes, LongSupplier nanoTime) {
        int count = Math.clamp(total, 1, Integer.MAX_VALUE / 2);
        BenchPlan fitting = plan.withLoaded(Math.clamp(mostBytes / bytesOfFirst(source), 1, plan.loaded()));
        int[] wanted = new QueryOrder(fitting.settings(Scenario.SINGLE_STREAM, 0, count)).loaded();
        Arrays.sort(wanted);
        return SampleLibrary.load(origin, count, source, wanted, nanoTime);
    }

    /** At least 1. */
    private static long bytesOfFirst(Iterable<Sample> source) {
        Iterator<Sample> samples = source.iterator();
        try {
            return samples.hasNext()
                    ? Math.max(
                            1,
                            samples.next().inputs().values().stream()
                                    .mapToLong(tensor -> tensor.byteSize())
                                    .sum())
                    : 1;
        } finally {
            SampleSource.leave(samples);
        }
    }

    /** Noise for a model of which there are no samples. */
    public static List<Sample> noise(BenchSubject subject) {
        return Noise.of(
                subject.model(),
                OpenBatch.asOne(subject.model().graph(), subject.dims()),
                List.copyOf(subject.states().values()),
                NOISE,
                "bench.samples");
    }

    /** Measures, and hands over each row as soon as it is there. */
    public void run(List<RuntimeProvider> runtimes, Consumer<BenchRow> rows) {
        for (RuntimeProvider runtime : runtimes) {
            if (cancelled.getAsBoolean()) {
                return;
            }
            run(runtime, rows);
        }
    }

    /** Queries of one sample, and those of many, of which an inference may take several. */
    private void run(RuntimeProvider runtime, Consumer<BenchRow> rows) {
        Map<Boolean, List<Scenario>> byBatch = plan.scenarios().stream()
                .collect(Collectors.partitioningBy(scenario -> plan.batch() > 1 && takesBatches(scenario)));
        byBatch.forEach((batched, scenarios) -> {
            if (!scenarios.isEmpty() && !cancelled.getAsBoolean()) {
                run(runtime, scenarios, batched ? plan.batch() : 1, rows);
            }
        });
    }

    private static boolean takesBatches(Scenario scenario) {
        return switch (scenario) {
            case SINGLE_STREAM, SERVER -> false;
            case MULTI_STREAM, OFFLINE -> true;
        };
    }

    private void run(RuntimeProvider runtime, List<Scenario> scenarios, int batch, Consumer<BenchRow> rows) {
        BenchRow.Subject named = named(runtime, batch);
        MemoryUse.Begun memory = MemoryUse.begin();
        progress.step("opening " + runtime.name(), 0, 0);
        try (BoundSystem system = BoundSystem.open(
                () -> open(runtime, batch, false), subject.reader(), samples, plan.instances(), batch, nanoTime)) {
            double capacity = warmUp(system);
            for (Scenario scenario : scenarios) {
                if (cancelled.getAsBoolean()) {
                    return;
                }
                try {
                    rows.accept(measured(named, system, scenario, capacity, memory));
                } catch (ProblemException failure) {
                    rows.accept(new BenchRow.Failed(named, scenario, failure.problem()));
                }
            }
        } catch (ProblemException failure) {
            for (Scenario scenario : scenarios) {
                rows.accept(new BenchRow.Failed(named, scenario, failure.problem()));
            }
        }
    }

    private BenchRow.Subject named(RuntimeProvider runtime, int batch) {
        String version = null;
        String provider = null;
        if (runtime.probe() instanceof Availability.Present present) {
            version = present.version();
            provider =
                    present.providers().isEmpty() ? null : present.providers().getFirst();
        }
        return new BenchRow.Subject(
                subject.name(),
                subject.digest(),
                runtime.name(),
                version,
                provider,
                subject.precision(),
                threads(runtime),
                plan.instances(),
                batch);
    }

    private int threads(RuntimeProvider runtime) {
        return Math.min(plan.threads(), runtime.mostThreads());
    }

    private Session open(RuntimeProvider runtime, int batch, boolean profile) {
        if (runtime.probe() instanceof Availability.Missing(Problem problem)) {
            throw problem.toException();
        }
        Map<String, Long> dims = dims(batch);
        Session session = runtime.open(
                subject.file(),
                SessionOptions.DEFAULT
                        .withThreads(threads(runtime))
                        .withDims(dims)
                        .withProfile(profile));
        if (subject.states().isEmpty()) {
            return session;
        }
        try {
            return StatefulSession.of(session, subject.states(), dims);
        } catch (ProblemException failure) {
            session.close();
            throw failure;
        }
    }

    /** With a size for an open batch. */
    private Map<String, Long> dims(int batch) {
        Map<String, Long> dims = new HashMap<>(subject.dims());
        OpenBatch.asOne(subject.model().graph(), subject.dims()).forEach((name, size) -> {
            if (!subject.dims().containsKey(name)) {
                dims.put(name, (long) batch);
            }
        });
        return dims;
    }

    /**
     * Runs until caches, pools and the compiler have settled.
     *
     * @return samples a second that all instances do without a pause, estimated from the faster half of the second half
     */
    private double warmUp(BoundSystem system) {
        long budget = plan.warmUp().toNanos();
        int[] indices = samples.indices();
        var log = new NumberLog();
        long start = nanoTime.getAsLong();
        long now = start;
        int next = 0;
        int[] query = new int[system.batch()];
        while (!cancelled.getAsBoolean() && (now - start < budget || log.size() < 4)) {
            for (int i = 0; i < query.length; i++) {
                query[i] = indices[next];
                next = (next + 1) % indices.length;
            }
            int instance = log.size() % system.instances();
            system.answer(instance, query, 0, query.length);
            long done = nanoTime.getAsLong();
            log.add(done - now);
            system.account(instance, now, done);
            now = nanoTime.getAsLong();
            progress.step("warming up", Math.min(budget, now - start) / 1_000_000, budget / 1_000_000);
        }
        long[] times = log.toArray();
        long[] settled = Arrays.copyOfRange(times, times.length / 2, times.length);
        Arrays.sort(settled);
        double quick = settled.length == 0 ? 1e6 : settled[settled.length / 4];
        return system.instances() * system.batch() * 1e9 / Math.max(1, quick);
    }

    private BenchRow.Measured measured(
            BenchRow.Subject named, BoundSystem system, Scenario scenario, double capacity, MemoryUse.Begun memory) {
        var generator = new LoadGenerator(nanoTime, Pause.by(nanoTime), cancelled);
        Progress running = (what, done, total) -> progress.step(named.runtime() + ", " + what, done, total);
        OptionalDouble asked = plan.targetQps();
        int probes = 0;
        // Offline expects too much rather than too little: a query that is over before its time is worth nothing
        double qps = scenario == Scenario.OFFLINE ? Math.max(asked.orElse(0), capacity) : asked.orElse(capacity);
        if (scenario == Scenario.SERVER && asked.isEmpty()) {
            QpsSearch search = search(generator, system, capacity);
            probes = search.probes();
            qps = search.best();
            if (qps == 0) {
                throw noRate(system, capacity).toException();
            }
        }
        LoadSettings settings = settings(scenario, qps);
        idle();
        for (int attempt = 0; ; attempt++) {
            system.reset();
            long start = nanoTime.getAsLong();
            EnergyMeter meter = energy instanceof EnergySensor.Finding.Found(EnergySensor sensor)
                    ? EnergyMeter.start(sensor, nanoTime)
                    : null;
            LoadRun run;
            EnergyUse used;
            try {
                run = generator.run(settings, system, running);
                used = used(meter, nanoTime.getAsLong() - start, run);
            } finally {
                if (meter != null) {
                    meter.close();
                }
            }
            var verdict = run.verdict();
            boolean again = scenario == Scenario.SERVER
                    && asked.isEmpty()
                    && run.partial() == null
                    && (!verdict.performanceMet() || plan.official() && !verdict.earlyStoppingMet())
                    && attempt < MOST_RETRIES;
            if (again) {
                settings = settings(scenario, settings.targetQps() * STEP_DOWN);
                continue;
            }
            return new BenchRow.Measured(
                    named,
                    run,
                    verdict,
                    parts(system, run),
                    memory.end(),
                    used,
                    objectives(scenario).stream()
                            .map(objective -> objective.judge(run.times().latencies()))
                            .toList(),
                    probes);
        }
    }

    /** Offline there is one query, and what it takes is no latency that anybody waits for. */
    private List<LatencyObjective> objectives(Scenario scenario) {
        return scenario == Scenario.OFFLINE ? List.of() : plan.objectives();
    }

    private Problem noRate(BoundSystem system, double capacity) {
        double alone = system.instances() * system.batch() / capacity * 1e3;
        double bound = plan.latencyBound().toNanos() / 1e6;
        Problem problem = Problem.gate("bench.server", "no rate that was tried keeps the latency bound")
                .because("a query alone takes about %s, and the bound is %s"
                        .formatted(TimeText.micros(alone * 1e3), TimeText.micros(bound * 1e3)));
        return alone < bound / 2
                ? problem.attempt("a quieter machine: stalls of others' making broke it")
                        .attempt("--target-qps with a rate of your own, which is then measured")
                : problem.attempt("--latency-bound with more than that");
    }

    private LoadSettings settings(Scenario scenario, double qps) {
        return plan.withLoaded(samples.size()).settings(scenario, qps, samples.total());
    }

    private QpsSearch search(LoadGenerator generator, BoundSystem system, double capacity) {
        var search = new QpsSearch(capacity);
        while (!search.isDone() && !cancelled.getAsBoolean()) {
            double qps = search.next();
            search.tell(qps, isKept(generator, system, qps));
        }
        return search;
    }

    /** A trial is short, and one stall of the machine breaks the bound of it; so a rate that doesn't keep it is tried again. */
    private boolean isKept(LoadGenerator generator, BoundSystem system, double qps) {
        LoadSettings settings = plan.withLoaded(samples.size()).trial(qps, samples.total());
        for (int trial = 0; trial < TRIALS && !cancelled.getAsBoolean(); trial++) {
            LoadRun run = generator.probe(
                    settings,
                    system,
                    (what, done, total) -> progress.step("trying %.4g queries/s".formatted(qps), done, total));
            if (run.partial() == null && run.verdict().performanceMet()) {
                return true;
            }
        }
        return false;
    }

    private static List<BenchRow.BoundPart> parts(BoundSystem system, LoadRun run) {
        var parts = new ArrayList<BenchRow.BoundPart>();
        if (run.waited() != null) {
            parts.add(new BenchRow.BoundPart("queue", run.waited()));
        }
        system.parts().forEach(part -> parts.add(new BenchRow.BoundPart(part.name(), part.latency())));
        return parts;
    }

    /** What the machine takes with nothing to do, once. */
    private void idle() {
        if (idleWatts != null || !(energy instanceof EnergySensor.Finding.Found(EnergySensor sensor))) {
            return;
        }
        Duration time = plan.official() ? Duration.ofSeconds(10) : Duration.ofSeconds(2);
        progress.step("measuring idle power", 0, 0);
        long start = nanoTime.getAsLong();
        try (EnergyMeter meter = EnergyMeter.start(sensor, nanoTime)) {
            Pause.by(nanoTime).until(start + time.toNanos() - Pause.Spin.NANOS);
            idleWatts = meter.joules() / ((nanoTime.getAsLong() - start) / 1e9);
        }
    }

    private EnergyUse used(@Nullable EnergyMeter meter, long nanos, LoadRun run) {
        return switch (energy) {
            case EnergySensor.Finding.Missing(String why) -> new EnergyUse.NotMeasured(why);
            case EnergySensor.Finding.Found(EnergySensor sensor) -> {
                double joules = meter == null ? Double.NaN : meter.joules();
                Double idle = idleWatts;
                yield Double.isNaN(joules) || idle == null || Double.isNaN(idle)
                        ? new EnergyUse.NotMeasured("the sensor could not be read all the time (" + sensor.what() + ")")
                        : new EnergyUse.Measured(
                                sensor.what(),
                                joules,
                                nanos / 1e9,
                                idle,
                                run.verdict().samples());
            }
        };
    }

    /**
     * Where the time of an inference goes.
     *
     * @throws dev.skerry.problem.ProblemException {@code bench.profile} where the runtime doesn't tell
     */
    public NodeProfile profile(RuntimeProvider runtime, int inferences) {
        progress.step("profiling " + runtime.name(), 0, 0);
        int[] indices = samples.indices();
        var sessions = new ArrayList<Session>();
        Supplier<Session> profiled = () -> {
            Session session = open(runtime, 1, true);
            sessions.add(session);
            return session;
        };
        try (BoundSystem system = BoundSystem.open(profiled, subject.reader(), samples, 1, 1, nanoTime)) {
            int[] query = new int[1];
            for (int i = 0; i < inferences && !cancelled.getAsBoolean(); i++) {
                query[0] = indices[i % indices.length];
                system.answer(0, query, 0, 1);
                progress.step("profiling " + runtime.name(), i, inferences);
            }
            var placements = sessions.getFirst().placement();
            if (placements.isEmpty()) {
                throw Problem.usage("bench.profile", runtime.name() + " doesn't tell how long its nodes take")
                        .attempt("--profile with --runtime onnxruntime")
                        .toException();
            }
            ModelCost cost = Cost.of(subject.model(), dims(1));
            return NodeProfile.of(runtime.name(), inferences, placements, cost, subject.fused());
        }
    }
}
