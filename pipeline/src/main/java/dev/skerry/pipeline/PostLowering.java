package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Shape;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the post steps. The decision leaves as {@value #INDEX} (int64), {@value #SCORE} (float32), and {@value #BOXES} (float32,
 * four a row) for detections; all of fixed size, with index −1 where there is nothing.
 */
final class PostLowering {
    static final String INDEX = "decision/index";
    static final String SCORE = "decision/score";
    static final String BOXES = "decision/boxes";

    final NodeWriter to;
    final Frame frame;
    private final @Nullable Types types;
    private final List<ValueInfo> modelOutputs;
    private final @Nullable String chosen;
    private final Set<String> consumed = new LinkedHashSet<>();
    private final List<ValueInfo> outputs = new ArrayList<>();

    private String value = "";
    /** Dimensions of the value, 0 for what isn't known; null where not even the rank is. */
    private long @Nullable [] dims;

    private String index = "";

    PostLowering(
            NodeWriter to, Frame frame, @Nullable Types types, List<ValueInfo> modelOutputs, @Nullable String chosen) {
        this.to = to;
        this.frame = frame;
        this.types = types;
        this.modelOutputs = modelOutputs;
        this.chosen = chosen;
    }

    /** Outputs of the model that became part of the decision. */
    Set<String> consumed() {
        return consumed;
    }

    List<ValueInfo> outputs() {
        return outputs;
    }

    void lower(List<Step.Post> steps) {
        if (steps.isEmpty()) {
            if (chosen != null) {
                output(chosen, "pipeline.output");
            }
            return;
        }
        start(steps);
        for (int i = 0; i < steps.size(); i++) {
            lower(steps.get(i), "pipeline.post[" + i + "]." + steps.get(i).word());
        }
        if (!outputs.isEmpty()) {
            return;
        }
        vector();
        long count = dims == null ? 0 : dims[0];
        if (!index.isEmpty()) {
            give(index, INDEX, DataType.INT64, count);
        }
        give(value, SCORE, DataType.FLOAT, count);
    }

    private void start(List<Step.Post> steps) {
        String name = chosen;
        for (Step.Post step : steps) {
            if (step instanceof Step.Nms nms) {
                name = nms.scores() != null ? nms.scores() : name != null ? name : byLastDim(false);
            }
        }
        take(name == null ? modelOutputs.getFirst().name() : name);
    }

    /** The model's output with or without a last dimension of 4. */
    private String byLastDim(boolean four) {
        for (ValueInfo output : modelOutputs) {
            long[] sizes = sizes(output.name());
            if (sizes != null
                    && sizes.length >= 2
                    && sizes[sizes.length - 1] > 0
                    && sizes[sizes.length - 1] == 4 == four) {
                return output.name();
            }
        }
        throw FusionProblem.at(
                        "pipeline.post", "no output of the model looks like " + (four ? "boxes [N,4]" : "scores [N,C]"))
                .attempt("naming the outputs: nms: {scores: …, boxes: …}")
                .toException();
    }

    private void take(String name) {
        ValueInfo output = output(name, "pipeline.output");
        consumed.add(name);
        value = floats(output);
        dims = sizes(name);
    }

    /** The value of an output of the model as float32. */
    private String floats(ValueInfo output) {
        return output.type() instanceof ValueType.OfTensor(DataType element, Shape _) && element == DataType.FLOAT
                ? output.name()
                : to.cast("post/float32", output.name(), DataType.FLOAT);
    }

    String boxes(Step.Nms step, String path) {
        String name = step.boxes() == null ? byLastDim(true) : step.boxes();
        ValueInfo output = output(name, path + ".boxes");
        consumed.add(name);
        return to.reshape("post/nms/boxes", floats(output), -1, 4);
    }

    private ValueInfo output(String name, String path) {
        List<String> names = modelOutputs.stream().map(ValueInfo::name).toList();
        return modelOutputs.stream()
                .filter(output -> output.name().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    Problem problem = FusionProblem.at(path, "the model has no output '" + name + "'");
                    return Suggestion.nearest(name, names)
                            .map(near -> problem.attempt("'" + near + "'"))
                            .orElseGet(() -> problem.attempt("one of " + String.join(", ", names)))
                            .toException();
                });
    }

    private long @Nullable [] sizes(String name) {
        Shape shape = types == null
                ? null
                : types.tensor(name).map(ValueType.OfTensor::shape).orElse(null);
        for (ValueInfo output : modelOutputs) {
            boolean better = shape == null || !shape.isStatic();
            if (better
                    && output.name().equals(name)
                    && output.type() instanceof ValueType.OfTensor(DataType _, Shape declared)
                    && declared != null) {
                shape = declared;
            }
        }
        if (shape == null) {
            return null;
        }
        long[] sizes = ModelEnds.sizes(shape);
        if (sizes.length > 1 && sizes[0] == 0 && !(shape.dim(0) instanceof Dim.Known)) {
            // one frame in, one answer out
            sizes[0] = 1;
        }
        return sizes;
    }

    private void lower(Step.Post step, String path) {
        switch (step) {
            case Step.Softmax softmax -> softmax(softmax, path);
            case Step.Sigmoid _ -> value = to.add("Sigmoid", "post/sigmoid", value);
            case Step.Anomaly anomaly -> anomaly(anomaly, path);
            case Step.ArgMax _ -> {
                vector();
                index = to.add("ArgMax", "post/argmax", Map.of("axis", Attribute.of(0L)), value);
                value = to.add("ReduceMax", "post/argmax/score", value);
                dims = new long[] {1};
            }
            case Step.TopK topK -> {
                vector();
                if (dims != null && dims[0] > 0 && dims[0] < topK.k()) {
                    throw FusionProblem.at(path, "top " + topK.k() + " of " + dims[0] + " values")
                            .attempt("k: " + dims[0] + " or less")
                            .toException();
                }
                List<String> best = to.topK("post/top-k", value, topK.k());
                value = best.get(0);
                index = best.get(1);
                dims = new long[] {topK.k()};
            }
            case Step.Threshold threshold -> threshold(threshold, path);
            case Step.Nms nms -> {
                if (dims == null
                        || dims[dims.length - 1] == 0
                        || Arrays.stream(dims).anyMatch(dim -> dim == 0)) {
                    throw FusionProblem.at(path, "the number of boxes and classes must be known before running")
                            .attempt("sizes for the model's named dimensions under 'dims'")
                            .toException();
                }
                long classes = dims[dims.length - 1];
                long count = Arrays.stream(dims).reduce(1, Math::multiplyExact);
                new NmsLowering(this, nms, path).lower(value, count / classes, classes);
            }
        }
    }

    /** Makes a vector of the value. */
    private void vector() {
        if (dims == null || dims.length != 1) {
            value = to.reshape("post/values", value, -1);
            dims = new long[] {dims == null ? 0 : Arrays.stream(dims).reduce(1, Math::multiplyExact)};
        }
    }

    /** Before opset 13 Softmax flattens all axes from the given one on, which is the same for the last one. */
    private void softmax(Step.Softmax step, String path) {
        long axis = step.axis();
        if (dims == null) {
            if (axis != -1 || to.opset() < 11) {
                throw FusionProblem.at(path, "the rank of the model's output isn't known")
                        .toException();
            }
        } else {
            int batch = dims.length > 1 && dims[0] == 1 ? 1 : 0;
            axis = axis < 0 ? dims.length - 1 : axis + batch;
            if (axis >= dims.length) {
                throw FusionProblem.at(
                                path, "axis " + step.axis() + " of an output with " + (dims.length - batch) + " axes")
                        .toException();
            }
            if (to.opset() < 13
                    && Arrays.stream(dims, (int) axis + 1, dims.length).anyMatch(dim -> dim != 1)) {
                throw FusionProblem.at(
                                path,
                                "softmax along an axis that isn't the last needs opset 13, the model has " + to.opset())
                        .toException();
            }
        }
        value = to.add("Softmax", "post/softmax", Map.of("axis", Attribute.of(axis)), value);
    }

    private void anomaly(Step.Anomaly step, String path) {
        if (dims != null
                && Arrays.stream(dims).allMatch(dim -> dim > 0)
                && frame.fixed()
                && Arrays.stream(dims).reduce(1, Math::multiplyExact)
                        != Arrays.stream(frame.dims).reduce(1, Math::multiplyExact)) {
            throw FusionProblem.at(
                            path,
                            "the output " + Arrays.toString(dims) + " is no reconstruction of the input "
                                    + Arrays.toString(frame.dims))
                    .toException();
        }
        vector();
        String input = to.reshape("post/anomaly/input", frame.value, -1);
        if (frame.type != DataType.FLOAT) {
            input = to.cast("post/anomaly/float32", input, DataType.FLOAT);
        }
        String difference = to.add("Sub", "post/anomaly/difference", value, input);
        String size = switch (step.measure()) {
            case MAE -> to.add("Abs", "post/anomaly/size", difference);
            case MSE, RMSE -> to.add("Mul", "post/anomaly/size", difference, difference);
        };
        value = to.add("ReduceMean", "post/anomaly", size);
        if (step.measure() == Step.ErrorMeasure.RMSE) {
            value = to.add("Sqrt", "post/anomaly/root", value);
        }
        dims = new long[] {1};
    }

    private void threshold(Step.Threshold step, String path) {
        vector();
        // greater than the next smaller number is the same as reaching it, and false for NaN at every opset
        String reaches =
                to.add("Greater", "post/threshold/reaches", value, to.scalar("post/threshold/at", Math.nextDown((float)
                        step.at())));
        String passed = to.cast("post/threshold/passed", reaches, DataType.INT64);
        long count = dims == null ? 0 : dims[0];
        if (index.isEmpty() && count == 1) {
            index = passed;
            return;
        }
        if (index.isEmpty()) {
            if (count == 0) {
                throw FusionProblem.at(path, "the number of values must be known before running")
                        .toException();
            }
            long[] places = new long[(int) count];
            Arrays.setAll(places, i -> i);
            index = to.longs("post/threshold/places", places);
        }
        index = only("post/threshold", index, passed);
    }

    /** The index where {@code passed} is 1, else −1. */
    String only(String name, String index, String passed) {
        String one = to.longs(name + "/one", 1);
        String next = to.add("Mul", name + "/next", to.add("Add", name + "/first", index, one), passed);
        return to.add("Sub", name + "/index", next, one);
    }

    /** Makes {@code value} an output of the fused graph. */
    void give(String value, String name, DataType type, long... dims) {
        to.rename(to.add("Identity", name + "/out", value), name);
        outputs.add(ValueInfo.of(name, type, ModelEnds.shape(dims)));
    }
}
