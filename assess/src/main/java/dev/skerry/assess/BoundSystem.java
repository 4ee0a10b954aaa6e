package dev.skerry.assess;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.LatencySummary;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model on a runtime, as often as it has instances: each has a session and bound memory of its own. To answer is to copy the sample into
 * that memory, to infer, and to read the decision where there is one.
 */
final class BoundSystem implements SystemUnderTest {
    private final LongSupplier nanoTime;
    private final SampleLibrary library;
    private final int batch;
    private final List<Instance> instances = new ArrayList<>();

    /** A part of an answer. */
    record Part(String name, LatencySummary latency) {}

    /** Memory for a batch of samples of one shape. */
    private static final class Bound {
        private final Binding binding;
        private final MemorySegment[] inputs;
        private final MemorySegment[] outputs;

        Bound(Binding binding, Collection<String> inputs, Collection<String> outputs) {
            this.binding = binding;
            this.inputs = inputs.stream().map(binding::input).toArray(MemorySegment[]::new);
            this.outputs = outputs.stream().map(binding::output).toArray(MemorySegment[]::new);
        }
    }

    private final class Instance {
        private final Session session;
        private final List<Bound> bounds = new ArrayList<>();
        private final LatencyHistogram copying = new LatencyHistogram();
        private final LatencyHistogram inferring = new LatencyHistogram();
        private final LatencyHistogram reading = new LatencyHistogram();
        private final @Nullable DecisionReader reader;
        private final @Nullable Decision decision;
        private long copyNanos;
        private long inferNanos;
        private long readNanos;

        Instance(Session session, @Nullable DecisionReader reader) {
            this.session = session;
            this.reader = reader;
            this.decision = reader == null ? null : reader.newDecision();
        }

        void bind() {
            for (Map<String, long[]> shape : library.shapes()) {
                var dims = new TreeMap<String, long[]>();
                shape.forEach((name, sizes) -> dims.put(name, batched(name, sizes)));
                Binding binding = bound(dims);
                bounds.add(new Bound(binding, shape.keySet(), reader == null ? List.of() : reader.outputs()));
            }
        }

        private Binding bound(Map<String, long[]> dims) {
            try {
                return session.bind(dims);
            } catch (ProblemException refused) {
                throw batch > 1 ? notBatched(refused.problem().toString()) : refused;
            }
        }

        private long[] batched(String name, long[] sizes) {
            if (batch == 1) {
                return sizes;
            }
            if (sizes.length == 0) {
                throw notBatched("its input " + name + " is a single number");
            }
            long[] all = sizes.clone();
            all[0] = Math.multiplyExact(all[0], batch);
            return all;
        }

        void answer(int[] samples, int from, int to) {
            copyNanos = 0;
            inferNanos = 0;
            readNanos = 0;
            for (int first = from; first < to; first += batch) {
                int last = Math.min(to, first + batch);
                long start = nanoTime.getAsLong();
                Bound bound = bounds.get(library.sample(samples[first]).shape());
                for (int i = first; i < last; i++) {
                    copy(library.sample(samples[i]), bound, i - first);
                }
                long copied = nanoTime.getAsLong();
                bound.binding.run();
                long inferred = nanoTime.getAsLong();
                copyNanos += copied - start;
                inferNanos += inferred - copied;
                if (reader != null && decision != null) {
                    reader.read(bound.outputs, decision);
                    readNanos += nanoTime.getAsLong() - inferred;
                }
            }
        }

        private void copy(SampleLibrary.Held sample, Bound bound, int slot) {
            List<MemorySegment> inputs = sample.inputs();
            for (int i = 0; i < bound.inputs.length; i++) {
                MemorySegment input = inputs.get(i);
                MemorySegment.copy(input, 0, bound.inputs[i], slot * input.byteSize(), input.byteSize());
            }
        }
    }

    private BoundSystem(SampleLibrary library, int batch, LongSupplier nanoTime) {
        this.library = library;
        this.batch = batch;
        this.nanoTime = nanoTime;
    }

    /**
     * Opens the sessions and binds memory for the library's samples.
     *
     * @param session opens one
     * @param reader of decisions; null for a model alone
     * @throws dev.skerry.problem.ProblemException what the runtime says of the model, or {@code bench.batch} where it takes no batch
     */
    static BoundSystem open(
            Supplier<Session> session,
            @Nullable DecisionReader reader,
            SampleLibrary library,
            int instances,
            int batch,
            LongSupplier nanoTime) {
        var system = new BoundSystem(library, batch, nanoTime);
        if (batch > 1 && library.shapes().size() > 1) {
            throw system.notBatched(
                    "the samples are of %d sizes".formatted(library.shapes().size()));
        }
        boolean opened = false;
        try {
            for (int i = 0; i < instances; i++) {
                Instance instance = system.new Instance(session.get(), reader);
                system.instances.add(instance);
                instance.bind();
            }
            opened = true;
            return system;
        } finally {
            if (!opened) {
                system.close();
            }
        }
    }

    private RuntimeException notBatched(String why) {
        return Problem.usage("bench.batch", "the model can't be given " + batch + " samples at once")
                .because(why)
                .attempt("--batch 1")
                .toException();
    }

    @Override
    public int instances() {
        return instances.size();
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public void answer(int instance, int[] samples, int from, int to) {
        instances.get(instance).answer(samples, from, to);
    }

    @Override
    public void account(int instance, long issuedNanos, long doneNanos) {
        Instance one = instances.get(instance);
        one.copying.record(one.copyNanos);
        one.inferring.record(one.inferNanos);
        if (one.reader != null) {
            one.reading.record(one.readNanos);
        }
    }

    /** Forgets what was accounted so far. */
    void reset() {
        for (Instance instance : instances) {
            instance.copying.reset();
            instance.inferring.reset();
            instance.reading.reset();
        }
    }

    /** Where the time of answers went since the last reset, all instances together. */
    List<Part> parts() {
        var copying = new LatencyHistogram();
        var inferring = new LatencyHistogram();
        var reading = new LatencyHistogram();
        for (Instance instance : instances) {
            copying.add(instance.copying);
            inferring.add(instance.inferring);
            reading.add(instance.reading);
        }
        var parts = new ArrayList<Part>();
        parts.add(new Part("input", copying.summary()));
        parts.add(new Part("infer", inferring.summary()));
        if (reading.samples() > 0) {
            parts.add(new Part("decide", reading.summary()));
        }
        return parts;
    }

    @Override
    public void close() {
        for (Instance instance : instances) {
            instance.bounds.forEach(bound -> bound.binding.close());
            instance.session.close();
        }
        instances.clear();
    }
}
