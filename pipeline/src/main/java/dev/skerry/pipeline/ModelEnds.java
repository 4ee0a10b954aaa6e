package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The inputs of a model as a pipeline feeds them: one by the frame, some by constants, the rest by others. */
final class ModelEnds {
    private final String fed;
    private final ValueType.OfTensor fedType;
    private final List<Tensor> constants;
    private final Map<String, Long> pins;

    private ModelEnds(String fed, ValueType.OfTensor fedType, List<Tensor> constants, Map<String, Long> pins) {
        this.fed = fed;
        this.fedType = fedType;
        this.constants = constants;
        this.pins = new LinkedHashMap<>(pins);
    }

    static ModelEnds of(Model model, PipelineSpec spec, Map<String, Long> dims) {
        List<ValueInfo> inputs = model.graph().dataInputs();
        List<String> names = inputs.stream().map(ValueInfo::name).toList();
        for (String name : spec.constants().keySet()) {
            require(name, "pipeline.constants." + name, names);
        }
        String fed = spec.input();
        if (fed == null) {
            fed = names.stream()
                    .filter(name -> !spec.constants().containsKey(name))
                    .findFirst()
                    .orElseThrow(() -> FusionProblem.at("pipeline", "the model has no input that a frame could feed")
                            .toException());
        }
        require(fed, "pipeline.input", names);
        if (spec.constants().containsKey(fed)) {
            throw FusionProblem.at("pipeline.constants." + fed, "the frame feeds this input, so that it is no constant")
                    .attempt("another pipeline.input, or no constant of that name")
                    .toException();
        }
        var constants = new ArrayList<Tensor>();
        ValueType.OfTensor fedType = null;
        for (ValueInfo input : inputs) {
            if (input.name().equals(fed)) {
                fedType = tensor(input);
            } else if (spec.constants().containsKey(input.name())) {
                constants.add(constant(input, spec.constants().getOrDefault(input.name(), List.of()), dims));
            }
        }
        if (fedType == null) {
            throw new IllegalStateException(fed);
        }
        return new ModelEnds(fed, fedType, constants, dims);
    }

    /** The input that the frame ends in. */
    String fed() {
        return fed;
    }

    ValueType.OfTensor fedType() {
        Shape shape = fedType.shape();
        return shape == null ? fedType : new ValueType.OfTensor(fedType.element(), shape.pin(pins));
    }

    List<Tensor> constants() {
        return constants;
    }

    /** Sizes by name: the declared ones, and those that the frame implies. */
    Map<String, Long> pins() {
        return pins;
    }

    /** Gives the prepared frame the batch axis, order and type that the model wants; learns the sizes of named dimensions. */
    Frame adapt(Frame frame, NodeWriter to) {
        Shape shape = fedType().shape();
        frame.asPlain("frame", shape == null || shape.rank() == 4);
        if (shape != null) {
            if (shape.rank() == frame.dims.length + 1 && fits(shape.dim(0), 1)) {
                frame.value = to.unsqueeze("pre/batch", frame.value, 0);
                frame.dims = concat(frame.dims);
            } else if (shape.rank() == frame.dims.length - 1 && frame.dims[0] == 1) {
                frame.value = to.squeeze("pre/unbatch", frame.value, 0);
                frame.dims = Arrays.copyOfRange(frame.dims, 1, frame.dims.length);
            }
            match(shape, frame);
        }
        DataType wanted = fedType.element();
        if (frame.type != wanted) {
            if (!real(wanted) && real(frame.type)) {
                throw misfit(frame)
                        .attempt("adding 'cast: " + wanted.label() + "' as the last step")
                        .toException();
            }
            frame.value = to.cast("pre/type", frame.value, wanted);
            frame.type = wanted;
        }
        return frame;
    }

    private void match(Shape shape, Frame frame) {
        boolean fits = shape.rank() == frame.dims.length;
        for (int i = 0; fits && i < frame.dims.length; i++) {
            fits = frame.dims[i] == 0 || fits(shape.dim(i), frame.dims[i]);
            if (fits && frame.dims[i] > 0 && shape.dim(i) instanceof Dim.Symbolic(String name)) {
                Long before = pins.putIfAbsent(name, frame.dims[i]);
                fits = before == null || before == frame.dims[i];
            }
        }
        if (!fits) {
            Problem problem = misfit(frame);
            long[] sizes = sizes(shape);
            if (sizes.length == 4 && frame.dims.length == 4) {
                long[] turned = channels(frame.dims[3])
                        ? new long[] {1, frame.dims[3], frame.dims[1], frame.dims[2]}
                        : new long[] {1, frame.dims[2], frame.dims[3], frame.dims[1]};
                boolean first = channels(frame.dims[3]);
                if (same(sizes, turned)) {
                    throw problem.attempt("adding 'layout: " + (first ? "nchw" : "nhwc") + "' as the last step")
                            .toException();
                }
                int row = channels(sizes[1]) ? 2 : 1;
                if (sizes[row] > 0) {
                    throw problem.attempt("adding 'resize: {width: " + sizes[row + 1] + ", height: " + sizes[row] + "}'"
                                    + (row == 2 ? " and 'layout: nchw'" : ""))
                            .toException();
                }
            }
            throw problem.attempt("adding a reshape or transpose step").toException();
        }
    }

    private Problem misfit(Frame frame) {
        return FusionProblem.at(
                "pipeline.pre",
                "the model's input '" + fed + "' is " + fedType() + ", the steps give " + frame.shape());
    }

    private static boolean same(long[] sizes, long[] other) {
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] > 0 && other[i] > 0 && sizes[i] != other[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(Dim dim, long size) {
        return !(dim instanceof Dim.Known(long known)) || known == size;
    }

    static boolean channels(long size) {
        return size == 1 || size == 3;
    }

    private static boolean real(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
    }

    private static long[] concat(long[] dims) {
        long[] more = new long[dims.length + 1];
        more[0] = 1;
        System.arraycopy(dims, 0, more, 1, dims.length);
        return more;
    }

    /** Sizes with 0 for what isn't known. */
    static long[] sizes(Shape shape) {
        return shape.dims().stream()
                .mapToLong(dim -> dim instanceof Dim.Known(long size) ? size : 0)
                .toArray();
    }

    static Shape shape(long[] dims) {
        return new Shape(Arrays.stream(dims)
                .mapToObj(dim -> dim == 0 ? new Dim.Unknown() : Dim.of(dim))
                .toList());
    }

    static ValueInfo pin(ValueInfo value, Map<String, Long> pins) {
        return value.type() instanceof ValueType.OfTensor(DataType element, Shape shape) && shape != null
                ? value.withType(new ValueType.OfTensor(element, shape.pin(pins)))
                : value;
    }

    private static void require(String name, String path, List<String> inputs) {
        if (!inputs.contains(name)) {
            Problem problem = FusionProblem.at(path, "the model has no input '" + name + "'");
            throw Suggestion.nearest(name, inputs)
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElseGet(() -> problem.attempt("one of " + String.join(", ", inputs)))
                    .toException();
        }
    }

    private static ValueType.OfTensor tensor(ValueInfo input) {
        if (input.type() instanceof ValueType.OfTensor tensor) {
            return tensor;
        }
        throw FusionProblem.at("pipeline.input", "the model's input '" + input.name() + "' is not declared as a tensor")
                .toException();
    }

    private static Tensor constant(ValueInfo input, List<Double> values, Map<String, Long> dims) {
        String path = "pipeline.constants." + input.name();
        ValueType.OfTensor type = tensor(input);
        Shape shape = type.shape() == null ? Shape.SCALAR : type.shape().pin(dims);
        long[] sizes = sizes(shape);
        if (Arrays.stream(sizes).anyMatch(size -> size == 0) && values.size() > 1 && sizes.length == 1) {
            sizes[0] = values.size();
        }
        // a batch of one
        long[] known = Arrays.stream(sizes).map(size -> size == 0 ? 1 : size).toArray();
        int count = Math.toIntExact(Arrays.stream(known).reduce(1, Math::multiplyExact));
        if (values.size() != 1 && values.size() != count) {
            throw FusionProblem.at(path, "expected 1 or " + count + " values for " + type + ", found " + values.size())
                    .toException();
        }
        double[] filled = new double[count];
        for (int i = 0; i < count; i++) {
            filled[i] = values.get(values.size() == 1 ? 0 : i);
        }
        Tensor constant = Tensors.of(input.name(), type.element(), known, filled)
                .orElseThrow(() -> FusionProblem.at(
                                path, "constants of " + type.element().label() + " aren't supported")
                        .toException());
        for (int i = 0; i < count && !real(type.element()); i++) {
            if (constant.longAt(i) != filled[i]) {
                throw FusionProblem.at(
                                path,
                                filled[i] + " is no value of " + type.element().label())
                        .because("the model's input '" + input.name() + "' is " + type)
                        .toException();
            }
        }
        return constant;
    }
}
