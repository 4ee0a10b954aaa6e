package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Renaming;
import dev.skerry.model.SettledBranches;
import dev.skerry.model.Shape;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lowers the steps of a pipeline to ONNX nodes around a model, so that every runtime executes pre-processing, model and
 * post-processing as one graph. Nodes take the form that they have at the model's own opset (7 and later), so the model's nodes
 * keep their meaning. Weights that an old file lists among the inputs are no longer listed, since they would not be constants.
 */
public final class Fusion {
    private final Model model;
    private final PipelineSpec spec;
    private final NodeWriter before;
    private final ModelEnds ends;
    private final Frame frame;

    private Fusion(Model given, PipelineSpec spec, FrameFormat format, Map<String, Long> dims) {
        if (given.opset() < 7) {
            throw FusionProblem.at("pipeline", "steps can't be lowered for opset " + given.opset())
                    .because("operators broadcast only from opset 7 on")
                    .attempt("converting the model to opset 13 or later")
                    .toException();
        }
        this.spec = spec;
        Model free = reserve(given, format, spec);
        this.ends = ModelEnds.of(free, spec, dims);
        this.before = new NodeWriter(free.opset(), NodeWriter.names(free.graph()));
        before.fresh(FrameFormat.INPUT);
        this.frame = ends.adapt(new PreLowering(before, raw(format)).lower(spec.pre()), before);
        this.model = free;
    }

    /**
     * The raw frame in, the decision out ({@link DecisionReader} reads it). Inputs that neither the frame nor a constant feeds
     * (state) and outputs that no post step uses stay as they are.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.fusion}, where a step doesn't fit what comes before it
     */
    public static Model fuse(Model model, PipelineSpec spec, FrameFormat frame) {
        return fuse(model, spec, frame, Map.of());
    }

    /** The same with sizes in the place of symbolic dimensions. */
    public static Model fuse(Model model, PipelineSpec spec, FrameFormat frame, Map<String, Long> dims) {
        return new Fusion(model, spec, frame, dims).whole(frame);
    }

    /**
     * Only what comes before the model: outputs are named as the model's inputs (the one the frame feeds, and constants). The
     * input is {@link FrameFormat#INPUT} also for recorded tensors, since a graph can't have an input and an output of one name.
     */
    public static Model pre(Model model, PipelineSpec spec, FrameFormat frame) {
        return pre(model, spec, frame, Map.of());
    }

    /** The same with sizes in the place of symbolic dimensions. */
    public static Model pre(Model model, PipelineSpec spec, FrameFormat frame, Map<String, Long> dims) {
        return new Fusion(model, spec, frame, dims).half(frame);
    }

    /** The model without the branches that the constants of the pipeline rule out; their inputs must go on being fed with them. */
    public static Model settle(Model model, PipelineSpec spec, Map<String, Long> dims) {
        return spec.constants().isEmpty() ? model : SettledBranches.take(model, constants(model, spec, dims), dims);
    }

    /** The inputs of the model that always hold the same, by name. */
    public static Map<String, Tensor> constants(Model model, PipelineSpec spec, Map<String, Long> dims) {
        var constants = new LinkedHashMap<String, Tensor>();
        if (!spec.constants().isEmpty()) {
            ModelEnds.of(model, spec, dims).constants().forEach(tensor -> constants.put(tensor.name(), tensor));
        }
        return constants;
    }

    /** Names that the fused graph gives to its own ends go to nothing else. */
    private static Model reserve(Model model, FrameFormat format, PipelineSpec spec) {
        Set<String> names = NodeWriter.names(model.graph());
        var moved = new LinkedHashMap<String, String>();
        var reserved = new ArrayList<>(List.of(PostLowering.INDEX, PostLowering.SCORE, PostLowering.BOXES));
        if (!(format instanceof FrameFormat.ModelInputs)) {
            reserved.add(FrameFormat.INPUT);
        }
        var writer = new NodeWriter(model.opset(), names);
        for (String name : reserved) {
            if (names.contains(name) && !name.equals(spec.output())) {
                moved.put(name, writer.fresh("model/" + name));
            }
        }
        return model.withGraph(Renaming.apply(model.graph(), moved));
    }

    private Frame raw(FrameFormat format) {
        return switch (format) {
            case FrameFormat.Image(int height, int width, int channels) ->
                new Frame(before, FrameFormat.INPUT, DataType.UINT8, Frame.Axes.HWC, new long[] {height, width, channels
                });
            case FrameFormat.Signal signal ->
                new Frame(
                        before,
                        FrameFormat.INPUT,
                        signal.type(),
                        Frame.Axes.PLAIN,
                        signal.dims().stream().mapToLong(Long::longValue).toArray());
            case FrameFormat.ModelInputs _ -> recorded();
        };
    }

    /** The model's own input as the frame; one of rank 4 with few channels is a picture. */
    private Frame recorded() {
        ValueType.OfTensor type = ends.fedType();
        Shape shape = type.shape();
        if (shape == null) {
            throw FusionProblem.at("pipeline.pre", "the rank of the model's input '" + ends.fed() + "' isn't declared")
                    .toException();
        }
        long[] dims = ModelEnds.sizes(shape);
        Frame.Axes axes = Frame.Axes.PLAIN;
        if (dims.length == 4 && ModelEnds.channels(dims[3])) {
            axes = Frame.Axes.NHWC;
        } else if (dims.length == 4 && ModelEnds.channels(dims[1])) {
            axes = Frame.Axes.NCHW;
        }
        return new Frame(before, FrameFormat.INPUT, type.element(), axes, dims);
    }

    private ValueInfo input(FrameFormat format, String name) {
        return switch (format) {
            case FrameFormat.Image(int height, int width, int channels) ->
                ValueInfo.of(
                        name,
                        DataType.UINT8,
                        new Shape(List.of(
                                height == 0 ? Dim.of("frame_height") : Dim.of(height),
                                width == 0 ? Dim.of("frame_width") : Dim.of(width),
                                Dim.of(channels))));
            case FrameFormat.Signal signal ->
                ValueInfo.of(
                        name,
                        signal.type(),
                        new Shape(signal.dims().stream().map(Dim::of).toList()));
            case FrameFormat.ModelInputs _ ->
                new ValueInfo(name, ends.fedType(), "", Map.of(), dev.skerry.model.Extras.NONE);
        };
    }

    private Model half(FrameFormat format) {
        finish(ends.fed());
        var outputs = new ArrayList<ValueInfo>();
        outputs.add(ValueInfo.of(ends.fed(), frame.type, ModelEnds.shape(frame.dims)));
        for (Tensor constant : ends.constants()) {
            String weight = before.weight(constant.withName(constant.name() + "/value"));
            before.rename(before.add("Identity", constant.name() + "/constant", weight), constant.name());
            outputs.add(ValueInfo.of(constant.name(), constant.type(), constant.shape()));
        }
        Graph graph = Graph.of(
                "pre",
                before.nodes(),
                List.copyOf(before.weights().values()),
                List.of(input(format, FrameFormat.INPUT)),
                outputs);
        return Model.of(graph, model.opset()).withIrVersion(Math.max(4, model.irVersion()));
    }

    /** Gives the prepared frame the name {@code name}, by a node of its own where no step made one. */
    private void finish(String name) {
        if (before.nodes().isEmpty()) {
            frame.value = before.add("Identity", "pre/frame", frame.value);
        }
        before.rename(frame.value, name);
    }

    /**
     * Keeps the runtime from moving a layout change of the steps into the model, or the model's into the steps: ONNX Runtime
     * pushes transposes through elementwise nodes and Resize until they cancel, and leaves them in channels-last form where they
     * are slow; an INT8 model of 0.1 ms took 1.7 times as long for it. No transpose passes a Reshape.
     */
    private void separate() {
        boolean moved = before.nodes().stream().anyMatch(node -> node.is("Transpose"));
        if (moved && Arrays.stream(frame.dims).allMatch(size -> size > 0)) {
            frame.value = before.reshape("pre/separate", frame.value, frame.dims);
        }
    }

    private Model whole(FrameFormat format) {
        separate();
        Graph graph = model.graph();
        String entry = FrameFormat.INPUT;
        boolean recorded = format instanceof FrameFormat.ModelInputs;
        if (recorded) {
            // the recorded tensor keeps its name, so what the model reads takes another
            entry = ends.fed();
            if (before.nodes().isEmpty()) {
                frame.value = entry;
            } else {
                String prepared = before.fresh("pre/" + entry);
                graph = Renaming.apply(graph, Map.of(entry, prepared));
                before.rename(frame.value, prepared);
                before.rename(FrameFormat.INPUT, entry);
                frame.value = prepared;
            }
        } else {
            finish(ends.fed());
            frame.value = ends.fed();
        }
        var after = new NodeWriter(model.opset(), NodeWriter.names(graph));
        before.nodes().forEach(node -> after.fresh(node.name()));
        before.weights().keySet().forEach(after::fresh);
        Map<String, Long> pins = ends.pins();
        Types types = spec.post().isEmpty() ? null : ShapeInference.infer(model, pins);
        var post = new PostLowering(
                after,
                frame,
                types,
                graph.outputs().stream()
                        .map(output -> ModelEnds.pin(output, pins))
                        .toList(),
                spec.output());
        post.lower(spec.post());

        var nodes = new ArrayList<Node>(before.nodes());
        nodes.addAll(graph.nodes());
        nodes.addAll(after.nodes());
        var weights = new LinkedHashMap<>(graph.initializers());
        weights.putAll(before.weights());
        weights.putAll(after.weights());
        ends.constants().forEach(constant -> weights.put(constant.name(), constant));
        var inputs = new ArrayList<ValueInfo>();
        inputs.add(input(format, entry));
        String fed = frame.value;
        graph.dataInputs().stream()
                .filter(input -> !input.name().equals(fed) && !weights.containsKey(input.name()))
                .forEach(input -> inputs.add(ModelEnds.pin(input, pins)));
        var outputs = new ArrayList<>(post.outputs());
        graph.outputs().stream()
                .filter(output -> !post.consumed().contains(output.name()))
                .forEach(output -> outputs.add(ModelEnds.pin(output, pins)));
        Graph fused = graph.withNodes(nodes)
                .withInitializers(weights)
                .withInputs(inputs)
                .withOutputs(outputs)
                .withValues(graph.values().stream()
                        .filter(value -> !value.name().equals(fed))
                        .map(value -> ModelEnds.pin(value, pins))
                        .toList());
        return SettledBranches.take(
                model.withGraph(fused).withIrVersion(Math.max(4, model.irVersion())), Map.of(), pins);
    }
}
