package dev.skerry.compress;

import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.ModelFormat;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What is wrong with a request as far as that shows in seconds, so that nobody waits for a search that can't end well. */
final class RequestCheck {
    private static final int NAMED = 5;

    /** Domains whose operators a runtime may well have; others are somebody's own. */
    private static final Set<String> WELL_KNOWN =
            Set.of("", "ai.onnx", "ai.onnx.ml", "ai.onnx.preview.training", "com.microsoft");

    private final CompressionRequest request;
    private final Graph graph;

    private RequestCheck(CompressionRequest request) {
        this.request = request;
        graph = request.floatModel().graph();
    }

    /**
     * Passes a request that can be begun.
     *
     * @param judges the samples to judge by
     * @throws dev.skerry.problem.ProblemException that says which option, node or sample is wrong
     */
    static void check(CompressionRequest request, Sessions sessions, SampleSource judges) {
        var check = new RequestCheck(request);
        check.integers();
        check.names();
        check.dims(judges.iterator().next());
        check.loads(sessions);
        if (request.judging().evaluator() == null) {
            check.truths(sessions, judges);
        }
    }

    /** Whether integers throughout contradict what else is asked for. */
    private void integers() {
        if (!request.layout().integerOnly()) {
            return;
        }
        String contradiction = null;
        if (request.format() != ModelFormat.TFLITE) {
            contradiction = "the result is to be " + request.format().label();
        } else if (!request.keepFloat().isEmpty()) {
            contradiction = String.join(", ", request.keepFloat()) + " is to stay float";
        } else if (request.scheme() != ActivationScheme.TFLITE) {
            contradiction = "its integers are to be " + request.scheme().label();
        } else if (request.layout().operators()) {
            contradiction = "its form is to be qoperator";
        } else if (request.method() != CompressionRequest.Method.AUTO
                && request.method() != CompressionRequest.Method.INT8
                && request.method() != CompressionRequest.Method.PRUNE) {
            contradiction = "the method " + request.method().label() + " makes no integers of all";
        }
        if (contradiction != null) {
            throw Problem.usage("compress.integer-only", "a model of integers only is asked for, and more than that")
                    .because(contradiction)
                    .attempt("one of both; integers only are INT8 in a TensorFlow Lite file")
                    .toException();
        }
    }

    private void names() {
        Set<String> known = new LinkedHashSet<>();
        Subgraphs.allNodes(graph).forEach(node -> {
            known.add(node.label());
            known.addAll(node.outputs());
        });
        for (String name : request.keepFloat()) {
            if (!known.contains(name)) {
                Problem problem = Problem.usage("compress.keep-float", "the model has no node '" + name + "'")
                        .at("--keep-float");
                throw Suggestion.nearest(name, known)
                        .map(near -> problem.attempt("--keep-float " + near))
                        .orElse(problem.attempt("skerry inspect, which lists the nodes"))
                        .toException();
            }
        }
    }

    private void dims(Sample first) {
        Set<String> open = openDims();
        request.dims().forEach((name, size) -> {
            if (!open.contains(name)) {
                Problem problem = Problem.usage("compress.dim", "the model has no dimension '" + name + "'")
                        .at("--dim " + name + "=" + size)
                        .because(open.isEmpty() ? "all sizes are given in it" : "it has " + String.join(", ", open));
                throw Suggestion.nearest(name, open)
                        .map(near -> problem.attempt("--dim " + near + "=" + size))
                        .orElse(problem)
                        .toException();
            }
            if (size < 1) {
                throw Problem.usage("compress.dim", size + " is not a size")
                        .at("--dim " + name + "=" + size)
                        .attempt("--dim " + name + "=1")
                        .toException();
            }
        });
        for (ValueInfo input : graph.dataInputs()) {
            Tensor tensor = first.inputs().get(input.name());
            Shape shape = input.type() instanceof ValueType.OfTensor type ? type.shape() : null;
            for (int axis = 0;
                    tensor != null && shape != null && shape.rank() == tensor.rank() && axis < tensor.rank();
                    axis++) {
                if (shape.dim(axis) instanceof Dim.Symbolic(String name)) {
                    long size = tensor.dims()[axis];
                    Long asked = request.dims().get(name);
                    if (asked != null && asked != size) {
                        throw Problem.usage(
                                        "compress.dim",
                                        "--dim " + name + "=" + asked + " isn't the size of the samples")
                                .at("sample " + first.id() + ", input " + input.name())
                                .because("it is " + tensor.shape() + " where the model has " + shape)
                                .attempt("--dim " + name + "=" + size + ", or no --dim: the samples say it")
                                .toException();
                    }
                }
            }
        }
    }

    private Set<String> openDims() {
        Set<String> open = new LinkedHashSet<>();
        Stream.of(graph.inputs(), graph.values(), graph.outputs())
                .flatMap(List::stream)
                .forEach(value -> {
                    if (value.type() instanceof ValueType.OfTensor type && type.shape() != null) {
                        for (Dim dim : type.shape().dims()) {
                            if (dim instanceof Dim.Symbolic(String name)) {
                                open.add(name);
                            }
                        }
                    }
                });
        return open;
    }

    private void loads(Sessions sessions) {
        try {
            sessions.open(request.floatModel(), "the model").close();
        } catch (ProblemException unloadable) {
            Problem problem = unloadable.problem();
            List<Node> own = Subgraphs.allNodes(graph).stream()
                    .filter(this::isSomebodysOwn)
                    .toList();
            if (own.isEmpty() || !problem.code().equals("runtime.load")) {
                throw unloadable;
            }
            throw Problem.usage(
                            "compress.operator", "the model has operators of its own, which ONNX Runtime doesn't know")
                    .at(own.stream()
                                    .limit(NAMED)
                                    .map(node -> "node " + node.label() + " (" + node.domain() + ":" + node.op() + ")")
                                    .collect(Collectors.joining(", "))
                            + (own.size() > NAMED ? ", …" : ""))
                    .because("nothing can be measured of a model that doesn't run"
                            + (problem.why() == null ? "" : ": " + problem.why()))
                    .attempt("exporting the model without custom operators")
                    .attempt("a model that defines the operator as a function of ONNX operators")
                    .toException();
        }
    }

    private boolean isSomebodysOwn(Node node) {
        return !WELL_KNOWN.contains(node.domain())
                && request.floatModel().functions().stream()
                        .noneMatch(function -> function.domain().equals(node.domain())
                                && function.name().equals(node.op()));
    }

    /** The truth of all samples fits the metric, and labels the model: the highest stands for the others. */
    private void truths(Sessions sessions, SampleSource judges) {
        Metric metric = request.judging().metric();
        var telling = new ArrayList<Sample>();
        int highest = -1;
        for (Sample sample : judges) {
            if (metric != null && !metric.fits(sample.truth())) {
                throw Panel.missing(metric, sample).toException();
            }
            int label = sample.label().orElse(-1);
            if (telling.isEmpty() || label > highest) {
                highest = label;
                // the first says what form the output has
                telling.subList(Math.min(telling.size(), 1), telling.size()).clear();
                telling.add(sample.restarted());
            }
        }
        Evaluation.check(request.floatModel(), telling, sessions, request.judging());
    }
}
