package dev.skerry.agent;

import dev.skerry.agent.Admission.Deadline;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** All that is served, whichever way requests come. */
final class Models implements AutoCloseable {
    private final Limits limits;
    private final SharedRegions regions;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final Map<String, ModelState> states = new ConcurrentHashMap<>();
    private final Map<String, ServedModel> served = new ConcurrentHashMap<>();
    private final Map<String, ModelCounts> counts = new LinkedHashMap<>();
    private final Map<String, LongAdder> refused = new ConcurrentHashMap<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile BooleanSupplier also = () -> true;
    private volatile boolean draining;

    Models(List<String> names, Limits limits, SharedRegions regions, LongSupplier nanoTime, InstantSource clock) {
        this.limits = limits;
        this.regions = regions;
        this.nanoTime = nanoTime;
        this.clock = clock;
        for (String name : names) {
            if (counts.put(name, new ModelCounts()) != null) {
                throw Problem.usage("serve.twice", "two targets have the same name")
                        .at(name)
                        .attempt("to rename one of them, since clients ask by this name")
                        .toException();
            }
            states.put(name, new ModelState.Loading());
        }
    }

    /** Opens a target and makes it ready, or says why it never will be. */
    void load(Target target, int instances, int threads) {
        String name = target.name();
        try {
            var model = new ServedModel(
                    name, OpenModel.of(target, instances, threads), limits, regions, counts(name), nanoTime, clock);
            served.put(name, model);
            model.rehearse();
            states.put(name, new ModelState.Ready());
        } catch (ProblemException e) {
            states.put(name, new ModelState.Failed(e.problem()));
        }
    }

    /** An answer, and which version of the model gave it. */
    record Answered(String version, InferenceResult result) {}

    /**
     * Gives the request once its model is known to be ready, since it may have to be read by the model's form.
     *
     * @param memory is told of bytes before they are had, and may refuse them
     */
    Answered infer(String name, String version, InferenceRequest request, long arrivedNanos, LongConsumer memory) {
        ModelCounts counts = counts(name);
        counts.inFlight.incrementAndGet();
        underWay.incrementAndGet();
        try {
            ServedModel model = ready(name, version);
            InferenceResult result = model.infer(request, Deadline.of(arrivedNanos, request.timeoutMicros()), memory);
            putShared(request, result, memory);
            counts.answered.increment();
            counts.whole.add(nanoTime.getAsLong() - arrivedNanos);
            return new Answered(model.model().version(), result);
        } finally {
            underWay.decrementAndGet();
            counts.inFlight.decrementAndGet();
        }
    }

    private void putShared(InferenceRequest request, InferenceResult result, LongConsumer memory) {
        for (int i = 0; i < request.outputs().size(); i++) {
            var place = request.outputs().get(i).place();
            if (place != null) {
                byte[] packed = ResponseJson.packed(result.outputs().get(i), memory);
                regions.write(place, java.lang.foreign.MemorySegment.ofArray(packed));
            }
        }
    }

    /** Counts a request that got a problem for an answer. */
    void failed(String model, Problem problem, long arrivedNanos) {
        ModelCounts known = counts.get(model);
        if (known != null) {
            known.failed(problem.code(), nanoTime.getAsLong() - arrivedNanos);
        } else {
            // clients choose the names that they ask for, so those aren't kept
            refused.computeIfAbsent(problem.code(), any -> new LongAdder()).increment();
        }
    }

    static Problem stopping() {
        return Problem.environment("serve.unavailable", "the agent is stopping")
                .attempt("another agent, or again when this one is back");
    }

    /** A model that may be asked now. */
    ServedModel ready(String name, String version) {
        ModelState state = state(name);
        if (draining) {
            throw stopping().toException();
        }
        ServedModel model = served.get(name);
        return switch (state) {
            case ModelState.Loading _ ->
                throw Problem.environment("serve.unavailable", "the model is being loaded")
                        .at("model " + name)
                        .attempt("again in a few seconds")
                        .toException();
            case ModelState.Failed(Problem problem) ->
                throw Problem.environment("serve.unavailable", "the model can't be served")
                        .at("model " + name)
                        .because(problem.toString())
                        .toException();
            case ModelState.Ready _
            when model != null -> {
                model.requireVersion(version);
                yield model;
            }
            case ModelState.Ready _ -> throw new IllegalStateException(name + " is ready and isn't there");
        };
    }

    /** What is known of a model, ready or not. */
    ModelState state(String name) {
        ModelState state = states.get(name);
        if (state == null) {
            var problem = Problem.usage("serve.model", "there is no model " + RequestCheck.quoted(name))
                    .because("served are " + String.join(", ", counts.keySet()));
            throw Suggestion.nearest(RequestCheck.quoted(name), counts.keySet())
                    .map(problem::attempt)
                    .orElse(problem)
                    .toException();
        }
        return state;
    }

    boolean isReady(String name, String version) {
        if (!(state(name) instanceof ModelState.Ready) || draining) {
            return false;
        }
        ready(name, version);
        return true;
    }

    /** What else has to be so for the agent to be ready. */
    void readyWhen(BooleanSupplier condition) {
        also = condition;
    }

    /** Whether every model is ready, and the agent isn't stopping. */
    boolean allReady() {
        return !draining
                && also.getAsBoolean()
                && states.values().stream().allMatch(ModelState.Ready.class::isInstance);
    }

    List<String> names() {
        return List.copyOf(counts.keySet());
    }

    /** Those that are ready, by name. */
    Map<String, ServedModel> served() {
        return served;
    }

    ModelCounts counts(String name) {
        state(name);
        ModelCounts known = counts.get(name);
        return known == null ? new ModelCounts() : known;
    }

    /** Requests that got as far as no model, by the code of their problem. */
    Map<String, LongAdder> refused() {
        return refused;
    }

    /** Takes no more requests, and waits for those under way. */
    void drain(Duration patience) {
        draining = true;
        long start = nanoTime.getAsLong();
        while (underWay.get() > 0 && nanoTime.getAsLong() - start < patience.toNanos()) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    @Override
    public void close() {
        served.values().forEach(ServedModel::close);
        served.clear();
    }
}
