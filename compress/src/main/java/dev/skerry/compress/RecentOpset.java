package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Brings a model of operator set 13 to 20 to 21, the first whose DequantizeLinear knows blocks and 4-bit integers. Operators
 * that mean the same in all of these go through; those that changed are rewritten; those that aren't known here are refused.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/docs/Changelog.md">ONNX operator changelog</a>
 */
final class RecentOpset {
    static final long TARGET = 21;

    private static final long IR_VERSION = 10;

    /** Of the operators up to 20, those that read at 21 as they are written; newer versions took more types or more options. */
    private static final Set<String> SAME = Set.of(
            "Abs",
            "Acos",
            "Acosh",
            "Add",
            "And",
            "ArgMax",
            "ArgMin",
            "Asin",
            "Asinh",
            "Atan",
            "Atanh",
            "AveragePool",
            "Bernoulli",
            "BitShift",
            "BitwiseAnd",
            "BitwiseNot",
            "BitwiseOr",
            "BitwiseXor",
            "BlackmanWindow",
            "Cast",
            "CastLike",
            "Ceil",
            "Celu",
            "CenterCropPad",
            "Clip",
            "Col2Im",
            "Compress",
            "Concat",
            "ConcatFromSequence",
            "Constant",
            "ConstantOfShape",
            "Conv",
            "ConvInteger",
            "ConvTranspose",
            "Cos",
            "Cosh",
            "CumSum",
            "DepthToSpace",
            "DequantizeLinear",
            "Det",
            "Div",
            "Dropout",
            "DynamicQuantizeLinear",
            "Einsum",
            "Elu",
            "Equal",
            "Erf",
            "Exp",
            "Expand",
            "EyeLike",
            "Flatten",
            "Floor",
            "GRU",
            "Gather",
            "GatherElements",
            "GatherND",
            "Gelu",
            "Gemm",
            "GlobalAveragePool",
            "GlobalLpPool",
            "GlobalMaxPool",
            "Greater",
            "GreaterOrEqual",
            "HammingWindow",
            "HannWindow",
            "HardSigmoid",
            "HardSwish",
            "Hardmax",
            "Identity",
            "If",
            "InstanceNormalization",
            "IsInf",
            "IsNaN",
            "LRN",
            "LSTM",
            "LayerNormalization",
            "LeakyRelu",
            "Less",
            "LessOrEqual",
            "Log",
            "LogSoftmax",
            "Loop",
            "LpNormalization",
            "LpPool",
            "MatMul",
            "MatMulInteger",
            "Max",
            "MaxPool",
            "MaxUnpool",
            "Mean",
            "MeanVarianceNormalization",
            "MelWeightMatrix",
            "Min",
            "Mish",
            "Mod",
            "Mul",
            "Multinomial",
            "Neg",
            "NegativeLogLikelihoodLoss",
            "NonMaxSuppression",
            "NonZero",
            "Not",
            "OneHot",
            "Optional",
            "Or",
            "PRelu",
            "Pad",
            "Pow",
            "QLinearConv",
            "QLinearMatMul",
            "QuantizeLinear",
            "RNN",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike",
            "Range",
            "Reciprocal",
            "ReduceSum",
            "Relu",
            "Reshape",
            "Resize",
            "ReverseSequence",
            "Round",
            "STFT",
            "Scan",
            "ScatterElements",
            "ScatterND",
            "Selu",
            "SequenceAt",
            "SequenceConstruct",
            "SequenceEmpty",
            "SequenceErase",
            "SequenceInsert",
            "SequenceLength",
            "SequenceMap",
            "Shape",
            "Shrink",
            "Sigmoid",
            "Sign",
            "Sin",
            "Sinh",
            "Size",
            "Slice",
            "Softmax",
            "SoftmaxCrossEntropyLoss",
            "Softplus",
            "Softsign",
            "SpaceToDepth",
            "SplitToSequence",
            "Sqrt",
            "Squeeze",
            "StringNormalizer",
            "Sub",
            "Sum",
            "Tan",
            "Tanh",
            "TfIdfVectorizer",
            "ThresholdedRelu",
            "Tile",
            "TopK",
            "Transpose",
            "Trilu",
            "Unique",
            "Unsqueeze",
            "Where",
            "Xor");

    private final long from;
    private final Names names;

    private RecentOpset(long from, Names names) {
        this.from = from;
        this.names = names;
    }

    static Preparation raise(Model model) {
        long from = model.opset();
        if (from >= TARGET) {
            return new Preparation.Ready(model);
        }
        if (!model.functions().isEmpty()) {
            return new Preparation.Obstacle(
                    obstacle("a model with local functions isn't brought to operator set " + TARGET, from));
        }
        try {
            Graph graph = new RecentOpset(from, new Names(model.graph())).graph(model.graph());
            return new Preparation.Ready(model.withGraph(graph)
                    .withOpset("", TARGET)
                    .withIrVersion(Math.max(IR_VERSION, model.irVersion())));
        } catch (ProblemException unknown) {
            return new Preparation.Obstacle(unknown.problem());
        }
    }

    private Graph graph(Graph graph) {
        var nodes = new ArrayList<Node>();
        var initializers = new LinkedHashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            Node inner = withRaisedSubgraphs(node);
            nodes.add(inner.isStandard() ? convert(inner, initializers) : inner);
        }
        return graph.withNodes(nodes).withInitializers(initializers);
    }

    private Node withRaisedSubgraphs(Node node) {
        if (node.subgraphs().isEmpty()) {
            return node;
        }
        var attributes = new LinkedHashMap<String, Attribute>();
        node.attributes()
                .forEach((name, attribute) -> attributes.put(
                        name,
                        switch (attribute) {
                            case Attribute.GraphValue(Graph inner) -> Attribute.of(graph(inner));
                            case Attribute.Graphs(List<Graph> inner) ->
                                new Attribute.Graphs(
                                        inner.stream().map(this::graph).toList());
                            default -> attribute;
                        }));
        return node.withAttributes(attributes);
    }

    private Node convert(Node node, Map<String, Tensor> initializers) {
        return switch (node.op()) {
            case "ReduceMax",
                    "ReduceMin",
                    "ReduceMean",
                    "ReduceProd",
                    "ReduceL1",
                    "ReduceL2",
                    "ReduceLogSum",
                    "ReduceLogSumExp",
                    "ReduceSumSquare" -> from < 18 ? axesToInput(node, initializers) : node;
            case "Split" ->
                from < 18 && !node.hasInput(1)
                        ? node.withAttribute(
                                "num_outputs", Attribute.of(node.outputs().size()))
                        : node;
            case "BatchNormalization" -> {
                if (from < 14 && node.outputs().size() > 1) {
                    throw refuse(node, "it is in training, by its several outputs");
                }
                yield node;
            }
            case "GridSample" -> from < 20 ? gridSample(node) : node;
            case "RoiAlign" ->
                from < 16
                        ? node.withAttribute("coordinate_transformation_mode", Attribute.of("output_half_pixel"))
                        : node;
            case "GroupNormalization" -> {
                if (from < TARGET) {
                    throw refuse(node, "its scales are per group before 21, and per channel from then on");
                }
                yield node;
            }
            case "DFT" -> {
                if (from < 20) {
                    throw refuse(node, "its axis became an input with 20");
                }
                yield node;
            }
            default -> {
                if (!SAME.contains(node.op())) {
                    throw refuse(node, "what changed in " + node.op() + " since operator set " + from + " isn't known");
                }
                yield node;
            }
        };
    }

    private Node axesToInput(Node node, Map<String, Tensor> initializers) {
        long[] axes = node.intsAttribute("axes").orElse(new long[0]);
        if (axes.length == 0) {
            return node;
        }
        String name = names.fresh(node.output(0) + "_axes");
        initializers.put(name, Tensor.ofLongs(name, new long[] {axes.length}, axes));
        var attributes = new LinkedHashMap<>(node.attributes());
        attributes.remove("axes");
        return node.withAttributes(attributes).withInputs(List.of(node.input(0), name));
    }

    private static Node gridSample(Node node) {
        return switch (node.stringAttribute("mode", "bilinear")) {
            case "bilinear" -> node.withAttribute("mode", Attribute.of("linear"));
            case "bicubic" -> node.withAttribute("mode", Attribute.of("cubic"));
            default -> node;
        };
    }

    private ProblemException refuse(Node node, String why) {
        return obstacle("a " + node.op() + " node isn't brought to operator set " + TARGET, from)
                .at(node.label())
                .because(why)
                .toException();
    }

    private static Problem obstacle(String what, long from) {
        return Problem.usage("compress.opset", what)
                .because("the operator set is " + from + ", and weights in blocks need " + TARGET)
                .attempt("weights in blocks as MatMulNBits, which needs no newer operator set")
                .attempt("exporting the model again with opset 21");
    }
}
