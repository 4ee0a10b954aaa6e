package dev.skerry.runner;

import dev.skerry.model.Dim;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.LiveSource;
import dev.skerry.pipeline.LiveSources;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.RingFile;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SourceContext;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Samples of a live source, over a ring. */
final class LiveSupply implements Supply {
    private static final long RING_BYTES = 16L << 20;
    private static final int LEAST_SLOTS = 8;
    private static final int MOST_SLOTS = 4096;
    /** How long the first sample of a device may take: some are slow to wake. */
    private static final long FIRST_SAMPLE_NANOS = 10_000_000_000L;

    private static final long LOOK_MILLIS = 5;

    private final LiveSpec spec;
    private final SourceContext context;
    private final SampleRing ring;
    private final SourceRemarks remarks;
    private final Runnable start;
    private final Runnable release;
    private final List<Binding> bindings;
    private final HeldSamples golden;
    private final boolean hasFallback;
    private final RingFeed feed;

    private LiveSupply(
            LiveSpec spec,
            LoadedModel model,
            SourceContext context,
            SampleRing ring,
            SourceRemarks remarks,
            Runnable start,
            Runnable release) {
        this.spec = spec;
        this.context = context;
        this.ring = ring;
        this.remarks = remarks;
        this.start = start;
        this.release = release;
        Map<String, long[]> dims = new LinkedHashMap<>();
        for (SampleLayout.Input input : ring.layout().inputs()) {
            dims.put(
                    input.name(),
                    input.dims().stream().mapToLong(Long::longValue).toArray());
        }
        this.bindings = model.bind(List.of(dims));
        this.golden = model.goldenSamples();
        this.hasFallback = model.pipeline().fallback() != null;
        this.feed = new RingFeed(ring, spec.freshness(), bindings.getFirst(), isBatch(spec), context.nanoTime());
    }

    /**
     * Opens the source.
     *
     * @param base folder that paths are relative to
     * @throws dev.skerry.problem.ProblemException code {@code run.source} where its samples are not what the model takes, or what
     *     opening it says
     */
    static LiveSupply open(LiveSpec spec, Path base, LoadedModel model, SourceContext context) {
        return switch (spec) {
            case LiveSpec.Ring declared -> {
                RingFile file = RingFile.read(base.resolve(declared.path()));
                boolean opened = false;
                try {
                    SampleRing ring = file.ring();
                    requireFit(ring.layout(), model.inputs(), spec);
                    var supply =
                            new LiveSupply(spec, model, context, ring, new SourceRemarks(ring), () -> {}, file::close);
                    opened = true;
                    yield supply;
                } finally {
                    if (!opened) {
                        file.close();
                    }
                }
            }
            case LiveSpec.Local local -> {
                SampleLayout layout = LiveSources.layout(local, base);
                requireFit(layout, model.inputs(), spec);
                SampleRing ring = SampleRing.allocate(Arena.ofAuto(), layout, slots(layout));
                LiveSource source = LiveSources.open(local, base, context);
                var remarks = new SourceRemarks(ring);
                yield new LiveSupply(
                        spec, model, context, ring, remarks, () -> source.start(remarks.sink()), source::close);
            }
            case NetworkSpec network ->
                throw Problem.usage("run.source", "the source is behind a network, and this process has none")
                        .at("pipeline.source." + network.word())
                        .attempt("skerry run or skerry agent, which open it beside the run")
                        .toException();
        };
    }

    /** Rows that are piped in may all be there before the loop is; none of them is a moment that has passed. */
    private static boolean isBatch(LiveSpec spec) {
        return spec instanceof LiveSpec.Lines lines && lines.path().equals(LiveSpec.Lines.STDIN);
    }

    private static int slots(SampleLayout layout) {
        return Math.clamp(RING_BYTES / layout.bytes(), LEAST_SLOTS, MOST_SLOTS);
    }

    @Override
    public Supply to(LoadedModel other) {
        requireFit(ring.layout(), other.inputs(), spec);
        // the source stays this one's to start and to close
        return new LiveSupply(spec, other, context, ring, remarks, () -> {}, () -> {});
    }

    /** Types and sizes, before a wrong one becomes a wrong decision. */
    private static void requireFit(SampleLayout layout, List<ValueInfo> inputs, LiveSpec spec) {
        boolean fits = layout.inputs().size() == inputs.size();
        for (ValueInfo wanted : inputs) {
            fits &= layout.inputs().stream()
                    .anyMatch(found -> found.name().equals(wanted.name())
                            && wanted.type() instanceof ValueType.OfTensor tensor
                            && fits(found, tensor));
        }
        if (!fits) {
            throw Problem.usage("run.source", "the source's samples are not what the model takes")
                    .at("pipeline.source." + spec.word())
                    .because("the model takes " + inputs + ", the source has " + layout.text())
                    .attempt("packing the project again after a change of its source")
                    .toException();
        }
    }

    private static boolean fits(SampleLayout.Input found, ValueType.OfTensor wanted) {
        if (found.type() != wanted.element()) {
            return false;
        }
        if (wanted.shape() == null) {
            return true;
        }
        List<Dim> dims = wanted.shape().dims();
        if (dims.size() != found.dims().size()) {
            return false;
        }
        for (int i = 0; i < dims.size(); i++) {
            if (dims.get(i) instanceof Dim.Known(long size)
                    && size != found.dims().get(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * From now on samples come; waits for the first one. Where none comes, a run with a fallback begins all the same: that is what it is for.
     *
     * @throws dev.skerry.problem.ProblemException code {@code run.source} where none comes and there is no fallback, or where none ever will;
     *     what the source itself says, where its declaration is wrong and there is no fallback
     */
    @Override
    public void begin(BooleanSupplier stopped) {
        start.run();
        long end = context.nanoTime().getAsLong() + FIRST_SAMPLE_NANOS;
        while (ring.published() == 0 && ring.state() != SampleRing.State.ENDED && !stopped.getAsBoolean()) {
            Optional<Problem> refusal = remarks.refusal();
            if (refusal.isPresent() && !hasFallback) {
                throw refusal.get().toException();
            }
            if (context.nanoTime().getAsLong() > end) {
                if (hasFallback) {
                    return;
                }
                String trouble = ring.trouble();
                throw Problem.environment("run.source", "the source has said nothing for 10 s")
                        .at("pipeline.source." + spec.word() + ": " + spec.path())
                        .because(trouble == null ? "it is there, and silent" : trouble)
                        .attempt("a fallback in the pipeline, to begin without a sample")
                        .toException();
            }
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
        if (ring.published() == 0 && !stopped.getAsBoolean()) {
            throw Problem.usage("run.source", "the source has ended without a sample")
                    .at("pipeline.source." + spec.word() + ": " + spec.path())
                    .because(remarks.said().stream().findFirst().orElse("it ended before the first one was whole"))
                    .attempt("what pipeline.source says of rows, columns and window")
                    .toException();
        }
    }

    @Override
    public List<Binding> bindings() {
        return bindings;
    }

    @Override
    public Feed feed() {
        return feed;
    }

    @Override
    public Feed standbyFeed() {
        return new RingFeed(
                ring,
                new LiveSpec.Freshness(LiveSpec.Take.LATEST, spec.freshness().maxAgeSeconds()),
                bindings.getFirst(),
                true,
                context.nanoTime());
    }

    @Override
    public Feed rehearsal() {
        return RehearsalFeed.of(ring.layout(), spec.freshness(), golden, bindings.getFirst(), context.nanoTime());
    }

    @Override
    public RunReport.Samples samples() {
        return new RunReport.Samples(0, 0, 0, 1);
    }

    @Override
    public SourceRemarks remarks() {
        return remarks;
    }

    @Override
    public void close() {
        release.run();
    }
}
