package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which recipes are tried for a request. */
final class RecipeBook {
    /**
     * Recipes that give the same kernels with other numbers; so they are equally fast, and the truest of them stands for all.
     *
     * @param kernels what tells this line from others
     * @param again whether a line before had the same kernels
     */
    record Line(String kernels, List<Recipe> recipes, boolean again) {
        Line {
            recipes = List.copyOf(recipes);
        }

        Line(String kernels, List<Recipe> recipes) {
            this(kernels, recipes, false);
        }

        static Line of(Recipe... recipes) {
            return new Line(recipes[0].name(), List.of(recipes));
        }
    }

    /** Multiply-accumulates that pruning is to save. */
    private static final List<Integer> SAVED_PERCENT = List.of(15, 25, 40);

    /** What pruning is to save where INT8 alone doesn't reach a limit, or where size counts most. */
    private static final List<Integer> SAVED_FOR_LIMITS = List.of(25, 50);

    /** Zeros among the weights, from the fewest on. */
    private static final List<SparsePattern> SPARSE = List.of(
            new SparsePattern.Unstructured(50),
            new SparsePattern.Unstructured(70),
            new SparsePattern.Unstructured(90),
            new SparsePattern.OfEach(2, 4));

    /** Weights that share a scale. */
    private static final List<Integer> BLOCKS = List.of(16, 32, 128);

    private static final int USUAL_BLOCK = 32;
    private static final int COARSE_BLOCK = 128;
    private static final Set<String> PRODUCTS = Set.of("MatMul", "Gemm");

    /** The accuracy level at which MatMulNBits rounds activations to INT8 as it goes. */
    private static final int AS_INT8 = 4;

    private RecipeBook() {}

    static boolean triesInt8(CompressionRequest request) {
        return request.method() == CompressionRequest.Method.AUTO || request.method() == CompressionRequest.Method.INT8;
    }

    /** @param prepared the graph that techniques start from */
    static List<Line> lines(CompressionRequest request, Graph prepared) {
        var lines = new ArrayList<Line>();
        if (request.layout().integerOnly()) {
            return request.method() == CompressionRequest.Method.PRUNE ? narrow(request) : staticInt8(request);
        }
        switch (request.method()) {
            case AUTO -> {
                lines.addAll(staticInt8(request));
                lines.add(Line.of(Recipe.of(new WeightInt8(request.keepFloat()))));
                lines.add(Line.of(Recipe.of(new Half(false, request.keepFloat()))));
                lines.addAll(someBlocks(request, prepared));
            }
            case INT8 -> {
                lines.addAll(staticInt8(request));
                lines.add(Line.of(Recipe.of(new WeightInt8(request.keepFloat()))));
            }
            case FP16 -> {
                lines.add(Line.of(Recipe.of(new Half(false, request.keepFloat()))));
                lines.add(Line.of(Recipe.of(new Half(true, request.keepFloat()))));
            }
            case PRUNE -> {
                lines.addAll(narrow(request));
                lines.add(new Line(
                        "sparse",
                        SPARSE.stream()
                                .map(pattern -> Recipe.of(new Sparsify(pattern, Sparsify.Criterion.SPARSEGPT)))
                                .toList()));
            }
            case DYNAMIC ->
                lines.add(Line.of(Recipe.of(new DynamicInt8(Scope.all(request.keepFloat()), request.scheme()))));
            case INT4 -> lines.addAll(blocks(request));
            case NONE -> {}
        }
        return lines;
    }

    private static List<Line> staticInt8(CompressionRequest request) {
        var lines = new ArrayList<Line>();
        List<Scope> scopes = request.layout().integerOnly()
                ? List.of(Scope.full())
                : List.of(
                        Scope.all(request.keepFloat()),
                        Scope.layers(request.keepFloat()),
                        Scope.convolutions(request.keepFloat()));
        for (Scope scope : scopes) {
            lines.add(new Line(
                    "int8-" + scope.name(),
                    request.ranges().stream()
                            .map(ranges -> Recipe.of(StaticInt8.of(request, scope, ranges)))
                            .toList()));
        }
        return lines;
    }

    /**
     * The same kernels with truer numbers, at most five recipes: means corrected, weights rounded by what layers read; and before
     * that channels made even, where the graph allows it.
     */
    static List<Line> refined(String kernels, StaticInt8 int8, Graph prepared) {
        var draft = new Draft(prepared);
        StaticInt8 secondOrder = int8.rounding(Rounding.SECOND_ORDER);
        var recipes =
                new ArrayList<>(List.of(Recipe.of(BiasCorrection.of(int8)), Recipe.of(BiasCorrection.of(secondOrder))));
        if (!ChannelPair.of(draft).isEmpty()) {
            recipes.add(Recipe.of(new Equalize(), BiasCorrection.of(int8)));
            recipes.add(Recipe.of(new Equalize(), BiasCorrection.of(secondOrder)));
        }
        if (SmoothQuant.isFor(draft)) {
            recipes.add(Recipe.of(new SmoothQuant(int8.scheme()), BiasCorrection.of(int8)));
        }
        return List.of(new Line(kernels, recipes, true));
    }

    /**
     * What no integer kernel takes (LSTM, GRU, tables, branches that calibration never saw) with weights stored in INT8 beside
     * INT8 layers; LSTMs in integers too.
     */
    static List<Line> completed(CompressionRequest request, Recipe int8) {
        var stored = new WeightInt8(request.keepFloat());
        var lines = new ArrayList<Line>();
        lines.add(Line.of(int8.then(stored)));
        lines.add(Line.of(int8.then(new RecurrentInt8(request.keepFloat(), request.scheme()))
                .then(stored)));
        if (request.wantsSize()) {
            // operators on integers need no conversions beside them
            lines.add(Line.of(int8.then(stored).then(new OperatorForm())));
            lines.add(Line.of(int8.then(new OperatorForm())));
        }
        return lines;
    }

    /** With layers as operators on integers, where the request wants them so. */
    static Recipe written(CompressionRequest request, Recipe recipe) {
        boolean hasConversions = recipe.techniques().stream()
                        .anyMatch(technique -> technique instanceof StaticInt8
                                || technique instanceof BiasCorrection correction
                                        && correction.of().staticInt8().isPresent())
                && recipe.techniques().stream().noneMatch(OperatorForm.class::isInstance);
        return request.layout().operators() && hasConversions ? recipe.then(new OperatorForm()) : recipe;
    }

    /**
     * Four bits for all weights: matrix products by block, with and without zero points, coarse blocks for size and fine ones
     * for accuracy; then all made float at loading, where products by block are slower; and plain ONNX, for other runtimes.
     */
    private static List<Line> blocks(CompressionRequest request) {
        var lines = new ArrayList<Line>();
        for (int block : BLOCKS) {
            lines.add(Line.of(int4(request, block, true, BlockForm.EVERYWHERE)));
            lines.add(Line.of(int4(request, block, false, BlockForm.EVERYWHERE)));
        }
        lines.add(Line.of(int4(request, USUAL_BLOCK, true, BlockForm.STORED)));
        lines.add(Line.of(int4(request, USUAL_BLOCK, true, BlockForm.DEQUANTIZE)));
        return lines;
    }

    /**
     * Four bits beside all else that is tried: where size is the goal, or where most weights are those of matrix products, in
     * whose time reading them counts.
     */
    private static List<Line> someBlocks(CompressionRequest request, Graph prepared) {
        if (!request.wantsSize() && !isMostlyProducts(prepared)) {
            return List.of();
        }
        return List.of(
                Line.of(int4(request, USUAL_BLOCK, true, BlockForm.EVERYWHERE)),
                Line.of(int4(request, COARSE_BLOCK, false, BlockForm.EVERYWHERE)));
    }

    private static Recipe int4(CompressionRequest request, int block, boolean symmetric, BlockForm form) {
        return Recipe.of(new Int4(Scope.all(request.keepFloat()), block, symmetric, BlockFit.GPTQ, form, AS_INT8));
    }

    /** Whether MatMul and Gemm read at least half of the bytes of constant float weights. */
    static boolean isMostlyProducts(Graph graph) {
        Map<String, Tensor> constants = Subgraphs.constants(graph);
        var weights = new HashMap<String, Tensor>();
        var products = new HashMap<String, Tensor>();
        for (Node node : Subgraphs.allNodes(graph)) {
            for (String input : node.inputs()) {
                Tensor tensor = constants.get(input);
                if (tensor != null && tensor.type() == DataType.FLOAT) {
                    weights.put(input, tensor);
                    if (node.isStandard() && PRODUCTS.contains(node.op()) && tensor.rank() == 2) {
                        products.put(input, tensor);
                    }
                }
            }
        }
        long ofProducts = bytes(products);
        return ofProducts > 0 && 2 * ofProducts >= bytes(weights);
    }

    private static long bytes(Map<String, Tensor> tensors) {
        return tensors.values().stream().mapToLong(Tensor::byteSize).sum();
    }

    private static RangeMethod truest(CompressionRequest request) {
        return request.ranges().contains(RangeMethod.MSE)
                ? RangeMethod.MSE
                : request.ranges().getFirst();
    }

    /** Fewer channels, with float weights and with INT8 ones. */
    private static List<Line> narrow(CompressionRequest request) {
        var lines = new ArrayList<Line>();
        for (int percent : SAVED_PERCENT) {
            var narrow = Narrow.share(percent);
            if (!request.layout().integerOnly()) {
                lines.add(Line.of(Recipe.of(narrow)));
            }
            lines.add(Line.of(Recipe.of(narrow, StaticInt8.of(request, Scope.widest(request), truest(request)))));
        }
        return lines;
    }

    /** Long convolutions by minimal filtering, in float where that is worth a look, and with its products in INT8. */
    static List<Line> winograd(CompressionRequest request, Model prepared) {
        var winograd = new Winograd(Winograd.TILE, request.keepFloat());
        if (!winograd.applies(prepared)) {
            return List.of();
        }
        var lines = new ArrayList<Line>();
        if (request.method() == CompressionRequest.Method.AUTO) {
            lines.add(Line.of(Recipe.of(winograd)));
        }
        if (triesInt8(request)) {
            lines.add(new Line(
                    winograd.label() + "-int8",
                    request.ranges().stream()
                            .map(ranges ->
                                    Recipe.of(winograd, StaticInt8.of(request, Scope.all(request.keepFloat()), ranges)))
                            .toList()));
        }
        return lines;
    }

    /** Fewer channels under the truest INT8, for limits that this doesn't keep to by itself. */
    static List<Line> narrowed(CompressionRequest request, StaticInt8 int8) {
        if (request.layout().integerOnly()) {
            return SAVED_FOR_LIMITS.stream()
                    .map(percent -> Line.of(Recipe.of(Narrow.share(percent), int8)))
                    .toList();
        }
        var stored = new WeightInt8(request.keepFloat());
        return SAVED_FOR_LIMITS.stream()
                .map(percent -> Recipe.of(Narrow.share(percent), int8, stored))
                .map(recipe -> Line.of(request.wantsSize() ? recipe.then(new OperatorForm()) : recipe))
                .toList();
    }

    /** The same with these layers left float. */
    static Line mixed(StaticInt8 int8, Set<String> sensitive) {
        String name = int8.scope().name() + "-" + sensitive.size() + "float";
        return Line.of(Recipe.of(int8.within(int8.scope().without(name, sensitive))));
    }
}
