package dev.skerry.runner;

import dev.skerry.model.Dim;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.RingFile;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Samples of a live source, over a ring. */
final class LiveSupply implements Supply {
    private final SampleRing ring;
    private final LiveSpec.Freshness freshness;
    private final List<Binding> bindings;
    private final HeldSamples golden;
    private final LongSupplier clock;
    private final AutoCloseable opened;

    private LiveSupply(
            SampleRing ring,
            LiveSpec.Freshness freshness,
            List<Binding> bindings,
            HeldSamples golden,
            LongSupplier clock,
            AutoCloseable opened) {
        this.ring = ring;
        this.freshness = freshness;
        this.bindings = bindings;
        this.golden = golden;
        this.clock = clock;
        this.opened = opened;
    }

    /**
     * Opens the source.
     *
     * @param base folder that paths are relative to
     * @param clock as {@link System#nanoTime}
     * @throws dev.skerry.problem.ProblemException code {@code run.source} where its samples are not what the model takes, or what
     *     opening it says
     */
    static LiveSupply open(LiveSpec spec, Path base, LoadedModel model, LongSupplier clock) {
        return switch (spec) {
            case LiveSpec.Ring declared -> {
                RingFile file = RingFile.read(base.resolve(declared.path()));
                boolean opened = false;
                try {
                    SampleRing ring = file.ring();
                    LiveSupply supply = of(ring, spec, model, clock, file);
                    opened = true;
                    yield supply;
                } finally {
                    if (!opened) {
                        file.close();
                    }
                }
            }
            case LiveSpec.Replay _, LiveSpec.Camera _ -> throw new UnsupportedOperationException();
            case NetworkSpec network ->
                throw Problem.usage("run.source", "the source is behind a network, and this process has none")
                        .at("pipeline.source." + network.word())
                        .attempt("skerry run or skerry agent, which open it beside the run")
                        .toException();
        };
    }

    private static LiveSupply of(
            SampleRing ring, LiveSpec spec, LoadedModel model, LongSupplier clock, AutoCloseable opened) {
        requireFit(ring.layout(), model.inputs(), spec);
        Map<String, long[]> dims = new LinkedHashMap<>();
        for (SampleLayout.Input input : ring.layout().inputs()) {
            dims.put(
                    input.name(),
                    input.dims().stream().mapToLong(Long::longValue).toArray());
        }
        return new LiveSupply(ring, spec.freshness(), model.bind(List.of(dims)), model.goldenSamples(), clock, opened);
    }

    /** Types and sizes, before a wrong one becomes a wrong decision. */
    private static void requireFit(SampleLayout layout, List<ValueInfo> inputs, LiveSpec spec) {
        for (ValueInfo wanted : inputs) {
            SampleLayout.Input found = layout.inputs().stream()
                    .filter(input -> input.name().equals(wanted.name()))
                    .findFirst()
                    .orElse(null);
            if (found == null || !(wanted.type() instanceof ValueType.OfTensor tensor) || !fits(found, tensor)) {
                throw Problem.usage("run.source", "the source's samples are not what the model takes")
                        .at("pipeline.source." + spec.word())
                        .because("the model takes " + wanted + ", the source has " + layout.text())
                        .attempt("packing the project again after a change of its source")
                        .toException();
            }
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

    @Override
    public List<Binding> bindings() {
        return bindings;
    }

    @Override
    public Feed feed() {
        return new RingFeed(ring, freshness, bindings.getFirst(), clock);
    }

    @Override
    public Feed rehearsal() {
        return RehearsalFeed.of(ring.layout(), freshness, golden, bindings.getFirst(), clock);
    }

    @Override
    public RunReport.Samples samples() {
        return new RunReport.Samples(0, 0, 0, 1);
    }

    @Override
    public void close() {
        try {
            opened.close();
        } catch (Exception e) {
            throw new IllegalStateException("a source must close without complaint", e);
        }
    }
}
