package dev.skerry.cli;

import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelCost;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ValueInfo;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Operators, shapes, parameters, multiply-accumulates, peak memory, and what runs where.")
final class InspectCommand implements Callable<Integer> {
    private static final int HEAVIEST = 10;

    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX file.")
    Path file = Path.of("");

    @Option(names = "--dim", paramLabel = "NAME=SIZE", description = "The size of a dynamic dimension.")
    Map<String, Long> dims = Map.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    InspectCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Model model = ModelFile.read(file);
        ModelCheck.check(model);
        ModelCost cost = Cost.of(model, dims);
        var operators = new TreeMap<String, Long>();
        cost.nodes()
                .forEach(node -> operators.merge(
                        (node.node().isStandard() ? "" : node.node().domain() + ".")
                                + node.node().op(),
                        1L,
                        Long::sum));
        if (common.json) {
            context.printJson(json(model, cost, operators));
        } else {
            print(model, cost, operators);
        }
        return 0;
    }

    private void print(Model model, ModelCost cost, Map<String, Long> operators) {
        var out = context.terminal().out();
        var table = new Table("", "");
        table.row(
                "model",
                file.getFileName() + ", " + Quantity.bytes(file.toFile().length()));
        table.row(
                "format",
                "ONNX opset " + opsets(model) + ", IR " + model.irVersion() + ", by " + model.producer() + " "
                        + model.producerVersion());
        table.row("inputs", values(model.graph().dataInputs()));
        table.row("outputs", values(model.graph().outputs()));
        String bound = cost.complete() ? "" : "≥ ";
        table.row(
                "parameters",
                bound + Quantity.count(cost.parameters()) + " in " + Quantity.bytes(cost.parameterBytes()));
        table.row("MACs", bound + Quantity.count(cost.macs()));
        table.row(
                "peak memory",
                bound + Quantity.bytes(cost.peakActivationBytes()) + " of activations beside the weights");
        out.print(table.render(""));
        for (String unknown : cost.unknown().stream().limit(3).toList()) {
            out.println("  not counted: " + unknown);
        }
        out.println();
        var list = new Table("operator", "nodes", "MACs", "parameters");
        operators.forEach((op, count) -> {
            var nodes = cost.nodes().stream()
                    .filter(node -> op.endsWith(node.node().op()))
                    .toList();
            list.row(
                    op,
                    Long.toString(count),
                    Quantity.count(
                            nodes.stream().mapToLong(ModelCost.NodeCost::macs).sum()),
                    Quantity.count(nodes.stream()
                            .mapToLong(ModelCost.NodeCost::parameters)
                            .sum()));
        });
        out.print(list.render(""));
        List<ModelCost.NodeCost> heaviest = heaviest(cost);
        if (!heaviest.isEmpty()) {
            out.println();
            var heavy = new Table("heaviest layers", "operator", "MACs", "share", "parameters");
            heaviest.forEach(node -> heavy.row(
                    node.path(),
                    node.node().op(),
                    Quantity.count(node.macs()),
                    Quantity.percent(100.0 * node.macs() / Math.max(1, cost.macs())),
                    Quantity.count(node.parameters())));
            out.print(heavy.render(""));
        }
        context.next("skerry compress " + file + " --eval SAMPLES -o small.onnx");
    }

    private Object json(Model model, ModelCost cost, Map<String, Long> operators) {
        var json = Context.JSON
                .createObjectNode()
                .put("schema", "skerry.inspect/1")
                .put("file", file.toString())
                .put("bytes", file.toFile().length())
                .put("irVersion", model.irVersion())
                .put("opset", model.opset())
                .put("producer", model.producer())
                .put("nodes", cost.nodes().size())
                .put("macs", cost.macs())
                .put("parameters", cost.parameters())
                .put("parameterBytes", cost.parameterBytes())
                .put("peakActivationBytes", cost.peakActivationBytes())
                .put("complete", cost.complete());
        cost.unknown().forEach(json.putArray("unknown")::add);
        var inputs = json.putObject("inputs");
        model.graph().dataInputs().forEach(value -> inputs.put(value.name(), String.valueOf(value.type())));
        var outputs = json.putObject("outputs");
        model.graph().outputs().forEach(value -> outputs.put(value.name(), String.valueOf(value.type())));
        var ops = json.putObject("operators");
        operators.forEach(ops::put);
        var layers = json.putArray("layers");
        cost.nodes()
                .forEach(node -> layers.addObject()
                        .put("name", node.path())
                        .put("op", node.node().op())
                        .put("macs", node.macs())
                        .put("parameters", node.parameters())
                        .put("activationBytes", node.activationBytes()));
        return json;
    }

    private static List<ModelCost.NodeCost> heaviest(ModelCost cost) {
        return cost.nodes().stream()
                .filter(node -> node.macs() > 0)
                .sorted(Comparator.comparingLong(ModelCost.NodeCost::macs).reversed())
                .limit(HEAVIEST)
                .toList();
    }

    private static String opsets(Model model) {
        return model.opsets().entrySet().stream()
                .map(entry -> (entry.getKey().isEmpty() ? "" : entry.getKey() + " ") + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String values(List<ValueInfo> values) {
        return values.stream().map(value -> value.name() + " " + value.type()).collect(Collectors.joining(", "));
    }
}
