package dev.skerry.agent;

import dev.skerry.agent.Admission.Deadline;
import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.agent.InferenceRequest.GivenTensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** A model that clients may ask: its form, its instances, its queue, its counts. */
final class ServedModel implements AutoCloseable {
    private static final int REHEARSALS = 3;

    private final String name;
    private final OpenModel model;
    private final RequestCheck check;
    private final List<Instance> instances;
    private final ConcurrentLinkedQueue<Instance> idle;
    private final ServiceTime time = new ServiceTime();
    private final Admission admission;
    private final ModelCounts counts;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private volatile boolean closed;

    /** Takes over the sessions of {@code model}. */
    ServedModel(
            String name,
            OpenModel model,
            Limits limits,
            SharedRegions regions,
            ModelCounts counts,
            LongSupplier nanoTime,
            InstantSource clock) {
        this.name = name;
        this.model = model;
        this.counts = counts;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.check = new RequestCheck(name, model.inputs(), model.outputs(), limits);
        boolean bindable = Stream.concat(model.inputs().stream(), model.outputs().stream())
                .noneMatch(form -> form.type() == Datatype.BYTES);
        this.instances = model.sessions().stream()
                .map(session -> new Instance(session, bindable, regions, nanoTime))
                .toList();
        this.idle = new ConcurrentLinkedQueue<>(instances);
        this.admission = new Admission(instances.size(), limits.queued(), time, nanoTime);
    }

    /** Binds memory and makes a few inferences on zeros, so that the first request is neither slow nor without an estimate. */
    void rehearse() {
        if (!model.inputs().stream().allMatch(form -> form.fixed() && form.type() != Datatype.BYTES)) {
            return;
        }
        var dims = new LinkedHashMap<String, long[]>();
        model.inputs().forEach(form -> dims.put(form.name(), form.dims()));
        List<GivenTensor> zeros =
                model.inputs().stream().map(ServedModel::zeros).toList();
        for (Instance instance : instances) {
            try {
                instance.prepare(dims);
                for (int i = 0; i < REHEARSALS; i++) {
                    time.add(instance.infer(zeros, model.outputs(), _ -> {})
                            .spans()
                            .inferNanos());
                }
            } catch (ProblemException zerosAreNothingForThisModel) {
                return;
            }
        }
    }

    private static GivenTensor zeros(TensorForm form) {
        long[] dims =
                Arrays.stream(form.dims()).map(size -> size < 0 ? 1 : size).toArray();
        var content =
                new byte[Math.toIntExact(TensorForm.elements(dims) * form.type().bytes())];
        return new GivenTensor(form.name(), form.type(), dims, new Content.Packed(MemorySegment.ofArray(content)));
    }

    /**
     * One inference, when it is this request's turn.
     *
     * @param memory is told of bytes before they are had, and may refuse them
     * @throws dev.skerry.problem.ProblemException with code {@code serve.tensor} where the request doesn't fit the model,
     *     {@code serve.busy} or {@code serve.deadline} where it can't have its turn, or what the runtime says
     */
    InferenceResult infer(InferenceRequest request, Deadline deadline, LongConsumer memory) {
        List<TensorForm> wanted = check.outputs(request.outputs());
        List<GivenTensor> inputs = complete(check.inputs(request.inputs()));
        long arrived = nanoTime.getAsLong();
        admission.enter(deadline);
        long entered = nanoTime.getAsLong();
        counts.queue.add(entered - arrived);
        Instance instance = idle.poll();
        if (instance == null) {
            admission.leave();
            throw Models.stopping().toException();
        }
        Instance.Answered answered;
        try {
            answered = instance.infer(inputs, wanted, memory);
        } finally {
            idle.add(instance);
            admission.leave();
            if (closed) {
                closeIdle();
            }
        }
        Instance.Spans spans = answered.spans();
        time.add(nanoTime.getAsLong() - entered);
        counts.input.add(spans.inputNanos());
        counts.infer.add(spans.inferNanos());
        counts.output.add(spans.outputNanos());
        counts.lastMillis.set(clock.millis());
        return answered.result();
    }

    /** With zeros for a state that isn't given. */
    private List<GivenTensor> complete(List<GivenTensor> given) {
        if (given.size() == model.inputs().size()) {
            return given;
        }
        List<GivenTensor> all = new ArrayList<>(given);
        for (TensorForm form : model.inputs()) {
            if (given.stream().noneMatch(input -> input.name().equals(form.name()))) {
                all.add(zeros(form));
            }
        }
        return all;
    }

    void requireVersion(String wanted) {
        if (!wanted.isEmpty() && !wanted.equals(model.version())) {
            throw Problem.usage("serve.model", "the model has no version " + RequestCheck.quoted(wanted))
                    .at("model " + name)
                    .because("it has version " + model.version())
                    .toException();
        }
    }

    String name() {
        return name;
    }

    OpenModel model() {
        return model;
    }

    ModelCounts counts() {
        return counts;
    }

    int queued() {
        return admission.queued();
    }

    /** What infers is closed when it has: memory that native code works in must not go away under it. */
    @Override
    public void close() {
        closed = true;
        closeIdle();
    }

    private void closeIdle() {
        for (Instance instance = idle.poll(); instance != null; instance = idle.poll()) {
            instance.close();
        }
    }
}
