package dev.skerry.runtime;

import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.ProviderDevice;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A combination that was opened; once it is bound, it runs and agrees. */
final class Entrant implements AutoCloseable {
    private static final int FEW = 3;

    private final Session session;
    private final SelectionRow.Detail detail;
    private SelectionRow row;
    private Agreement agreement = new Agreement(0, null);
    private @Nullable Binding binding;
    private List<Map<String, Tensor>> samples = List.of();

    private Entrant(SelectionRow row, Session session, SelectionRow.Detail detail) {
        this.row = row;
        this.session = session;
        this.detail = detail;
    }

    static Entrant open(Combination combination, Selection.Request request) {
        SelectionRow row = combination.row();
        Selection.Accelerator accelerator = combination.accelerator();
        if (accelerator == null) {
            return new Entrant(row, session(combination, combination.options(), request), row.detail());
        }
        List<ProviderDevice> devices = combination.runtime().devices(accelerator.plugin());
        String device = devices.isEmpty()
                ? null
                : devices.stream().map(ProviderDevice::label).distinct().collect(Collectors.joining(", "));
        SelectionRow.Detail detail = row.detail().withDevice(device);
        try {
            Session session = session(combination, combination.options(), request);
            return new Entrant(
                    row,
                    session,
                    accelerator.cpuFallback() ? detail.withPlacement(placement(combination, request)) : detail);
        } catch (ProblemException refused) {
            throw accelerator.cpuFallback() ? refused : explained(refused, combination, request);
        }
    }

    private static Session session(Combination combination, SessionOptions options, Selection.Request request) {
        Session session = combination.runtime().open(combination.variant().file(), options);
        if (request.states().isEmpty()) {
            return session;
        }
        try {
            return StatefulSession.of(session, request.states(), request.dims());
        } catch (ProblemException failure) {
            session.close();
            throw failure;
        }
    }

    /** Names what the provider doesn't take, where that is why it doesn't load. */
    private static ProblemException explained(
            ProblemException refused, Combination combination, Selection.Request request) {
        String why = refused.problem().why();
        if (why == null || !why.contains("falling back to the CPU")) {
            return refused;
        }
        try {
            String placement = placement(combination, request);
            return placement == null
                    ? refused
                    : refused.problem().because(why + ": " + placement).toException();
        } catch (ProblemException unknown) {
            return refused;
        }
    }

    /** Which nodes run on the CPU beside a provider, by ONNX Runtime's own profile; null where none do. */
    private static @Nullable String placement(Combination combination, Selection.Request request) {
        SessionOptions options = combination
                .options()
                .withPlugins(combination.options().plugins(), true)
                .withProfile(true);
        try (Session session = session(combination, options, request)) {
            session.infer(request.samples().getFirst());
            List<NodePlacement> nodes = session.placement();
            List<NodePlacement> elsewhere = nodes.stream()
                    .filter(node -> node.provider().equals("CPUExecutionProvider"))
                    .toList();
            return elsewhere.isEmpty()
                    ? null
                    : elsewhere.size() + " of " + nodes.size() + " nodes on the CPU: "
                            + elsewhere.stream()
                                    .limit(FEW)
                                    .map(node -> node.node() + " (" + node.op() + ")")
                                    .collect(Collectors.joining(", "))
                            + (elsewhere.size() > FEW ? " and " + (elsewhere.size() - FEW) + " more" : "");
        }
    }

    SelectionRow.Detail detail() {
        return detail;
    }

    SelectionRow row() {
        return row;
    }

    Agreement agreement() {
        return agreement;
    }

    List<Map<String, Tensor>> infer(List<Map<String, Tensor>> inputs) {
        return inputs.stream().map(this::afresh).toList();
    }

    /** From the first state on, as golden vectors are. */
    private Map<String, Tensor> afresh(Map<String, Tensor> inputs) {
        if (session instanceof StatefulSession stateful) {
            stateful.reset();
        }
        return session.infer(inputs);
    }

    /** Binds it to memory for samples, which have the same dimensions. */
    Entrant bound(SelectionRow known, Agreement found, List<Map<String, Tensor>> inputs) {
        var dims = new LinkedHashMap<String, long[]>();
        Map<String, Tensor> first = inputs.getFirst();
        for (Map<String, Tensor> sample : inputs) {
            sample.forEach((name, tensor) -> {
                Tensor like = first.get(name);
                if (like != null && !like.shape().equals(tensor.shape())) {
                    throw Problem.usage("runtime.samples", "samples to measure with must have the same dimensions")
                            .at(name)
                            .because("found " + like.shape() + " and " + tensor.shape())
                            .toException();
                }
                dims.put(name, tensor.dims());
            });
        }
        binding = session.bind(dims);
        row = known;
        agreement = found;
        samples = inputs;
        return this;
    }

    /** One inference with the next sample; copying it in is part of the work. */
    Runnable work() {
        Binding bound = binding;
        if (bound == null) {
            throw new IllegalStateException("not bound");
        }
        return new Runnable() {
            private int next;

            @Override
            public void run() {
                samples.get(next).forEach((name, tensor) -> bound.input(name).copyFrom(tensor.data()));
                next = (next + 1) % samples.size();
                bound.run();
            }
        };
    }

    private boolean closed;

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (binding != null) {
            binding.close();
        }
        session.close();
    }
}
