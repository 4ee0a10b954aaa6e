package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.SideBySide;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Opens sessions that take samples, whether the model has state or not.
 *
 * @param state inputs that are fed from outputs, by output
 * @param dims sizes of named dimensions
 * @param options how models are loaded
 */
record Sessions(RuntimeProvider runtime, Map<String, String> state, Map<String, Long> dims, SessionOptions options) {
    Sessions(RuntimeProvider runtime, Map<String, String> state, Map<String, Long> dims) {
        this(runtime, state, dims, SessionOptions.DEFAULT.withDims(dims));
    }

    /** Without kernels of the runtime's own: arithmetic as the model says, on whatever machine. */
    Sessions literal() {
        return new Sessions(runtime, state, dims, options.withOptimization(SessionOptions.Optimization.NONE));
    }

    /** The same on another runtime. */
    Sessions on(RuntimeProvider other) {
        return new Sessions(other, state, dims, options);
    }

    /** A model to be timed on a sample. */
    SideBySide.Entry entry(String name, Model model, Sample sample) {
        return new SideBySide.Entry(
                name, () -> open(model, name).session(), session -> new Open(session).inputs(sample));
    }

    /** A session that takes samples. */
    record Open(Session session) implements AutoCloseable {
        /** All outputs, by name. */
        Map<String, Tensor> infer(Sample sample) {
            if (sample.restart() && session instanceof StatefulSession stateful) {
                stateful.reset();
            }
            try {
                return session.infer(inputs(sample));
            } catch (ProblemException e) {
                Problem problem = e.problem();
                String where = problem.where();
                // there may be thousands of samples, and one that differs
                throw (problem.code().startsWith("runtime.")
                                ? problem.at("sample " + sample.id() + (where == null ? "" : ", " + where))
                                        .attempt(
                                                "samples of the shapes and types that the model takes; skerry inspect shows"
                                                        + " them")
                                : problem)
                        .toException();
            }
        }

        /** What the session wants of a sample. */
        Map<String, Tensor> inputs(Sample sample) {
            var inputs = new LinkedHashMap<String, Tensor>();
            for (ValueInfo input : session.inputs()) {
                Tensor tensor = sample.inputs().get(input.name());
                if (tensor == null) {
                    throw Problem.usage("compress.input", "the samples have no input " + input.name())
                            .at(sample.id())
                            .because("they have "
                                    + String.join(", ", sample.inputs().keySet()))
                            .attempt("in skerry.yaml, for one value always: pipeline: {constants: {" + input.name()
                                    + ": VALUE}}")
                            .attempt("giving " + input.name() + " in the samples, or naming it under state")
                            .toException();
                }
                inputs.put(input.name(), tensor);
            }
            return inputs;
        }

        @Override
        public void close() {
            session.close();
        }
    }

    Open open(Model model, String name) {
        Session session = runtime.open(ModelFile.bytes(model), name, options);
        return new Open(state.isEmpty() ? session : StatefulSession.of(session, state, dims));
    }

    /** Outputs that a user sees; those that carry the state don't count. */
    List<String> decisive(Model model) {
        Set<String> fedBack = state.keySet();
        List<String> names = model.graph().outputs().stream()
                .map(ValueInfo::name)
                .filter(name -> !fedBack.contains(name))
                .toList();
        if (names.isEmpty()) {
            throw Problem.usage("compress.outputs", "the model has no output that decides anything")
                    .because("all outputs are fed back as state")
                    .toException();
        }
        return names;
    }

    static void stopIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw Problem.usage("compress.cancelled", "compression was cancelled")
                    .toException();
        }
    }
}
