package dev.skerry.runner;

import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.runtime.StatefulSession.StatefulBinding;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cycle over a model: copies a held sample into bound memory, runs, reads the decision from bound memory, hands it to the
 * queue. State stays in bound memory and starts anew where a recording does.
 */
final class ModelWork implements CycleWork {
    private static final long QUEUE_BYTES = 24L << 20;
    /** An entry of a decision takes up to 32 bytes of heap and comes from 4 bytes of an output or more, sometimes from 1. */
    private static final long BYTES_PER_OUTPUT_BYTE = 8;

    private static final int LEAST_SLOTS = 8;

    private final Replay[] replay;
    private final DecisionReader reader;
    private final ActionQueue<Decision> queue;
    private final boolean hasFallback;
    private Decision decision;
    private Bound bound;

    /** A binding with its memory in the order in which it is used. */
    private static final class Bound {
        private final Binding binding;
        private final MemorySegment[] outputs;
        private final MemorySegment[] state;

        Bound(Binding binding, List<String> outputs, List<String> stateInputs) {
            this.binding = binding;
            this.outputs = outputs.stream().map(binding::output).toArray(MemorySegment[]::new);
            this.state = stateInputs.stream().map(binding::input).toArray(MemorySegment[]::new);
        }

        void takeStateOf(Bound other) {
            for (int i = 0; i < state.length; i++) {
                MemorySegment.copy(other.state[i], 0, state[i], 0, state[i].byteSize());
            }
        }

        void reset() {
            if (binding instanceof StatefulBinding stateful) {
                stateful.reset();
            }
        }
    }

    /** A sample and the memory that it goes to. */
    private static final class Replay {
        private final Bound bound;
        private final boolean restart;
        private final MemorySegment[] from;
        private final MemorySegment[] to;

        Replay(HeldSamples.Held sample, Bound bound) {
            this.bound = bound;
            this.restart = sample.restart();
            this.from = sample.inputs().values().toArray(MemorySegment[]::new);
            this.to =
                    sample.inputs().keySet().stream().map(bound.binding::input).toArray(MemorySegment[]::new);
        }

        void copy() {
            for (int i = 0; i < from.length; i++) {
                MemorySegment.copy(from[i], 0, to[i], 0, from[i].byteSize());
            }
        }
    }

    /** Over the samples of a loaded model, with one binding for each of their shapes. */
    static ModelWork of(LoadedModel model, HeldSamples samples, List<Binding> bindings, ActionQueue<Decision> queue) {
        return new ModelWork(
                samples,
                bindings,
                List.copyOf(model.manifest().state().values()),
                model.reader(),
                queue,
                model.pipeline().fallback() != null);
    }

    /** A queue with decisions of the right size in it: fewer where these are large. */
    static ActionQueue<Decision> queue(DecisionReader reader, List<Binding> bindings, Answers answers, int mostSlots) {
        long values = bindings.stream()
                .flatMap(binding -> reader.outputs().stream().map(binding::output))
                .mapToLong(MemorySegment::byteSize)
                .max()
                .orElse(0);
        long fit = QUEUE_BYTES / (64 + values * BYTES_PER_OUTPUT_BYTE);
        int slots = (int) Long.highestOneBit(Math.clamp(fit, LEAST_SLOTS, mostSlots));
        return new ActionQueue<>(
                Stream.generate(reader::newDecision).limit(slots).toArray(Decision[]::new), answers, answers.acts());
    }

    private ModelWork(
            HeldSamples samples,
            List<Binding> bindings,
            List<String> stateInputs,
            DecisionReader reader,
            ActionQueue<Decision> queue,
            boolean hasFallback) {
        List<Bound> bounds = bindings.stream()
                .map(binding -> new Bound(binding, reader.outputs(), stateInputs))
                .toList();
        this.replay = samples.samples().stream()
                .map(held -> new Replay(held, bounds.get(held.shape())))
                .toArray(Replay[]::new);
        this.reader = reader;
        this.queue = queue;
        this.hasFallback = hasFallback;
        this.decision = reader.newDecision();
        this.bound = bounds.getFirst();
    }

    @Override
    public void sense(long cycle) {
        Replay sample = replay[(int) (cycle % replay.length)];
        sample.bound.takeStateOf(bound);
        bound = sample.bound;
        if (sample.restart) {
            bound.reset();
        }
        sample.copy();
    }

    @Override
    public void infer() {
        bound.binding.run();
    }

    @Override
    public boolean read() {
        reader.read(bound.outputs, decision);
        for (int i = 0; i < decision.count(); i++) {
            if (Float.isNaN(decision.score(i))) {
                return false;
            }
        }
        return true;
    }

    /** What was read last. */
    Decision decision() {
        return decision;
    }

    /** State of all recordings to zero. */
    void reset() {
        for (Replay sample : replay) {
            sample.bound.reset();
        }
    }

    @Override
    public void decide(long cycle) {
        decision = queue.decision(cycle, decision);
    }

    @Override
    public void silence(long cycle) {
        queue.silence(cycle);
    }

    @Override
    public void fallback(long cycle) {
        queue.fallback(cycle);
    }

    @Override
    public boolean hasFallback() {
        return hasFallback;
    }
}
