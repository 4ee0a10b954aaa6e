package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.agent.InferenceRequest.GivenTensor;
import dev.skerry.agent.InferenceResult.Output;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One session of a model; one request at a time uses it. Shapes that come again are bound to memory, so that an inference
 * then costs a copy in, a copy out and nothing else of ours.
 */
final class Instance implements AutoCloseable {
    private static final int MOST_BOUND = 4;
    private static final int REMEMBERED = 16;
    private static final long LARGEST_BOUND_BYTES = 32L << 20;

    private final Session session;
    private final SharedRegions regions;
    private final LongSupplier nanoTime;
    private final List<Bound> bound = new ArrayList<>();
    private final List<Map<String, long[]>> seen = new ArrayList<>();
    private boolean bindable;

    private record Bound(Map<String, long[]> dims, Binding binding, Map<String, long[]> outputDims) {}

    /**
     * How long the parts took.
     *
     * @param inputNanos bringing the inputs to the runtime
     * @param inferNanos the runtime
     * @param outputNanos taking the outputs
     */
    record Spans(long inputNanos, long inferNanos, long outputNanos) {}

    record Answered(InferenceResult result, Spans spans) {}

    /** @param bindable whether the outputs' sizes follow from those of the inputs, as far as one knows before trying */
    Instance(Session session, boolean bindable, SharedRegions regions, LongSupplier nanoTime) {
        this.session = session;
        this.bindable = bindable;
        this.regions = regions;
        this.nanoTime = nanoTime;
    }

    /** Binds memory before the first request. */
    void prepare(Map<String, long[]> dims) {
        if (bindable) {
            bind(dims);
        }
    }

    /** @param memory is told of bytes before they are had, and may refuse them; those that are bound stay, and aren't told */
    Answered infer(List<GivenTensor> inputs, List<TensorForm> wanted, LongConsumer memory) {
        Bound ready = bindable ? binding(inputs) : null;
        if (ready != null) {
            try {
                return run(ready, inputs, wanted, memory);
            } catch (ProblemException failed) {
                if (!failed.problem().code().equals("runtime.run")) {
                    throw failed;
                }
                Answered unbound = run(inputs, wanted, memory);
                // it was the binding: an output of another size than with zeros can't go where it was meant to go
                bindable = false;
                release();
                return unbound;
            }
        }
        return run(inputs, wanted, memory);
    }

    private Answered run(Bound ready, List<GivenTensor> inputs, List<TensorForm> wanted, LongConsumer memory) {
        long start = nanoTime.getAsLong();
        for (GivenTensor input : inputs) {
            MemorySegment place = ready.binding.input(input.name());
            switch (input.content()) {
                case Content.Packed(MemorySegment bytes) -> place.copyFrom(bytes);
                case Content.Shared(var shared) -> regions.read(shared, place);
                case Content.Strings _ -> throw new IllegalStateException(input.name() + ": strings aren't bound");
            }
        }
        long given = nanoTime.getAsLong();
        ready.binding.run();
        long inferred = nanoTime.getAsLong();
        var outputs = new ArrayList<Output>(wanted.size());
        for (TensorForm form : wanted) {
            MemorySegment place = ready.binding.output(form.name());
            memory.accept(place.byteSize());
            byte[] copy = new byte[Math.toIntExact(place.byteSize())];
            MemorySegment own = MemorySegment.ofArray(copy);
            own.copyFrom(place);
            long[] dims = ready.outputDims.getOrDefault(form.name(), form.dims());
            outputs.add(new Output(form.name(), form.type(), dims, own, List.of()));
        }
        return answered(outputs, start, given, inferred);
    }

    private Answered run(List<GivenTensor> inputs, List<TensorForm> wanted, LongConsumer memory) {
        long start = nanoTime.getAsLong();
        var tensors = new LinkedHashMap<String, Tensor>();
        for (GivenTensor input : inputs) {
            tensors.put(input.name(), tensor(input, memory));
        }
        long given = nanoTime.getAsLong();
        Map<String, Tensor> found = session.infer(tensors);
        long inferred = nanoTime.getAsLong();
        var outputs = new ArrayList<Output>(wanted.size());
        for (TensorForm form : wanted) {
            Tensor tensor = found.get(form.name());
            if (tensor == null) {
                throw Problem.environment("runtime.run", "the model gave no output of this name")
                        .at(form.name())
                        .because("it gave " + String.join(", ", found.keySet()))
                        .toException();
            }
            // no runtime tells before
            memory.accept(tensor.data().byteSize() + ByteStrings.heldBytes(tensor.strings()));
            outputs.add(new Output(form.name(), form.type(), tensor.dims(), tensor.data(), tensor.strings()));
        }
        return answered(outputs, start, given, inferred);
    }

    private Answered answered(List<Output> outputs, long start, long given, long inferred) {
        return new Answered(
                new InferenceResult(outputs),
                new Spans(given - start, inferred - given, nanoTime.getAsLong() - inferred));
    }

    private Tensor tensor(GivenTensor input, LongConsumer memory) {
        return switch (input.content()) {
            case Content.Packed(MemorySegment bytes) ->
                Tensor.of(input.name(), input.type().element(), input.dims(), bytes);
            case Content.Strings(List<String> elements) -> Tensor.ofStrings(input.name(), input.dims(), elements);
            case Content.Shared(var place) -> {
                memory.accept(place.bytes());
                MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(place.bytes())]);
                regions.read(place, copy);
                yield input.type() == Datatype.BYTES
                        ? Tensor.ofStrings(
                                input.name(),
                                input.dims(),
                                ByteStrings.read(copy, TensorForm.elements(input.dims()), input.name(), memory))
                        : Tensor.of(input.name(), input.type().element(), input.dims(), copy);
            }
        };
    }

    /** The memory for these shapes; none for shapes that are new, since binding costs an inference. */
    private @Nullable Bound binding(List<GivenTensor> inputs) {
        for (int i = 0; i < bound.size(); i++) {
            if (same(bound.get(i).dims, inputs)) {
                if (i > 0) {
                    bound.addFirst(bound.remove(i));
                }
                return bound.getFirst();
            }
        }
        var dims = new LinkedHashMap<String, long[]>();
        long bytes = 0;
        for (GivenTensor input : inputs) {
            if (input.type() == Datatype.BYTES) {
                return null;
            }
            dims.put(input.name(), input.dims());
            bytes += TensorForm.elements(input.dims()) * input.type().bytes();
        }
        boolean again = seen.removeIf(before -> same(before, inputs));
        seen.addFirst(dims);
        if (seen.size() > REMEMBERED) {
            seen.removeLast();
        }
        return again && bytes <= LARGEST_BOUND_BYTES ? bind(dims) : null;
    }

    private Bound bind(Map<String, long[]> dims) {
        if (bound.size() == MOST_BOUND) {
            bound.removeLast().binding.close();
        }
        Binding binding = session.bind(dims);
        var fresh = new Bound(dims, binding, binding.outputDims());
        bound.addFirst(fresh);
        return fresh;
    }

    private static boolean same(Map<String, long[]> dims, List<GivenTensor> inputs) {
        if (dims.size() != inputs.size()) {
            return false;
        }
        for (GivenTensor input : inputs) {
            if (!Arrays.equals(dims.get(input.name()), input.dims())) {
                return false;
            }
        }
        return true;
    }

    private void release() {
        bound.forEach(each -> each.binding.close());
        bound.clear();
    }

    @Override
    public void close() {
        release();
        session.close();
    }
}
