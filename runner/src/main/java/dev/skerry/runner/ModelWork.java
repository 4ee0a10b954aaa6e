package dev.skerry.runner;

import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.Level;
import dev.skerry.runtime.StatefulSession.StatefulBinding;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cycle over a model: a feed brings a sample into bound memory; it runs, reads the decision from bound memory, hands it to the
 * queue. State stays in bound memory and starts anew where a recording does. A sample that is repeated isn't inferred again: it
 * would say the same, and state would go on without time.
 */
final class ModelWork implements CycleWork {
    private static final long QUEUE_BYTES = 24L << 20;
    /** An entry of a decision takes up to 32 bytes of heap and comes from 4 bytes of an output or more, sometimes from 1. */
    private static final long BYTES_PER_OUTPUT_BYTE = 8;

    private static final int LEAST_SLOTS = 8;

    private final Feed feed;
    private final Bound[] bounds;
    private final DecisionReader reader;
    private final ActionQueue<Decision, Edition> queue;
    private final Level level;
    private final Edition edition;
    private Decision decision;
    private Bound bound;
    /** Whether the outputs belong to the inputs. */
    private boolean answered;

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

    /**
     * Over a loaded model and what feeds it, with one binding for each shape of samples.
     *
     * @param level of its decisions
     */
    static ModelWork of(
            LoadedModel model, Feed feed, List<Binding> bindings, ActionQueue<Decision, Edition> queue, Level level) {
        return new ModelWork(feed, bindings, model.state(), model.reader(), queue, level, Edition.of(model, feed));
    }

    /** A queue with decisions of the right size in it: fewer where these are large. */
    static ActionQueue<Decision, Edition> queue(
            DecisionReader reader, List<Binding> bindings, Answers answers, int mostSlots) {
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
            Feed feed,
            List<Binding> bindings,
            List<String> stateInputs,
            DecisionReader reader,
            ActionQueue<Decision, Edition> queue,
            Level level,
            Edition edition) {
        this.feed = feed;
        this.bounds = bindings.stream()
                .map(binding -> new Bound(binding, reader.outputs(), stateInputs))
                .toArray(Bound[]::new);
        this.reader = reader;
        this.queue = queue;
        this.level = level;
        this.edition = edition;
        this.decision = reader.newDecision();
        this.bound = bounds[0];
    }

    @Override
    public Sensed sense(long cycle) {
        Sensed sensed = feed.take(cycle);
        if (sensed == Sensed.REPEATED) {
            return sensed;
        }
        answered = false;
        if (sensed == Sensed.FRESH) {
            Bound next = bounds[feed.shape()];
            if (next != bound) {
                next.takeStateOf(bound);
                bound = next;
            }
            if (feed.restart()) {
                bound.reset();
            }
        }
        return sensed;
    }

    @Override
    public void forget() {
        for (Bound each : bounds) {
            each.reset();
        }
        answered = false;
    }

    @Override
    public long capturedNanos() {
        return feed.capturedNanos();
    }

    /** Samples that its feed passed over. */
    long skipped() {
        return feed.skipped();
    }

    @Override
    public void infer() {
        if (!answered) {
            bound.binding.run();
            answered = true;
        }
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
        for (Bound each : bounds) {
            each.reset();
        }
        feed.rewind();
    }

    @Override
    public void decide(long cycle) {
        decision = queue.decision(cycle, decision, level, edition);
    }

    @Override
    public void standIn(long cycle, Level level, long lastGood) {
        queue.standIn(cycle, level, lastGood, edition);
    }

    @Override
    public void silence(long cycle) {
        queue.silence(cycle);
    }

    Edition edition() {
        return edition;
    }
}
