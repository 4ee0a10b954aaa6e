package dev.skerry.cli;

import static dev.skerry.cli.Terminal.Style.FAINT;
import static dev.skerry.cli.Terminal.Style.WARNING;

import dev.skerry.model.Inspection;
import dev.skerry.model.ModelCost;
import dev.skerry.model.ModelFile;
import java.util.List;
import java.util.stream.Collectors;

/** A model as {@code skerry inspect} prints it. */
final class InspectText {
    private static final int FEW = 5;

    private final InspectedModel inspected;
    private final Inspection inspection;
    private final ModelCost cost;
    private final Terminal terminal;
    private final String bound;

    InspectText(InspectedModel inspected, Terminal terminal) {
        this.inspected = inspected;
        this.inspection = inspected.inspection();
        this.cost = inspection.cost();
        this.terminal = terminal;
        this.bound = cost.complete() ? "" : "≥ ";
    }

    String render() {
        return summary() + warnings() + "\n" + operators() + heaviest()
                + new SelectionText(terminal).accelerators(inspected.accelerators());
    }

    /** What a person would type next: the sizes that are missing, else the next step of the way. */
    String next() {
        String sizes = inspected.openDims().stream()
                .map(dim -> " --dim " + (dim.matches("[A-Za-z0-9_]+") ? dim + "=1" : "'" + dim + "=1'"))
                .collect(Collectors.joining());
        return cost.complete() || sizes.isEmpty()
                ? "skerry compress " + inspected.file() + " --eval SAMPLES -o small.onnx"
                : "skerry inspect " + inspected.file() + sizes + "   (with the sizes that you use)";
    }

    private String summary() {
        var table = new Table("", "");
        table.row("model", inspected.file().getFileName() + ", " + Quantity.bytes(inspected.fileBytes()));
        table.row(
                "format",
                (ModelFile.isTflite(inspected.file()) ? "TensorFlow Lite, read as " : "") + "ONNX opset " + opsets()
                        + ", IR " + inspection.irVersion()
                        + (inspection.producer().isEmpty() ? "" : ", by " + inspection.producer()));
        table.row("inputs", ports(inspection.inputs()));
        table.row("outputs", ports(inspection.outputs()));
        table.row(
                "types",
                inspection.dataTypes().stream()
                        .map(type -> type.label())
                        .sorted()
                        .collect(Collectors.joining(", ")));
        table.row(
                "parameters",
                bound + Quantity.count(cost.parameters()) + " in " + Quantity.bytes(cost.parameterBytes()));
        table.row("MACs", bound + Quantity.count(cost.macs()));
        table.row(
                "peak memory",
                bound + Quantity.bytes(cost.peakActivationBytes()) + " of activations beside the weights");
        table.row("onnxruntime", support());
        table.row("fits", tier());
        return table.render("") + terminal.styled(FAINT, "             " + Tier.RULE) + "\n";
    }

    private String support() {
        long runs = inspected.operators().stream().mapToLong(OperatorRow::runs).sum();
        long bodies = inspected.operators().stream()
                .filter(OperatorRow::function)
                .mapToLong(OperatorRow::nodes)
                .sum();
        long noKernel =
                inspected.operators().stream().mapToLong(OperatorRow::noKernel).sum();
        long unknown =
                inspected.operators().stream().mapToLong(OperatorRow::unknown).sum();
        return (runs + bodies) + " of " + inspected.nodes() + " nodes run on its CPU"
                + (noKernel == 0 ? "" : ", " + noKernel + " have no kernel")
                + (unknown == 0 ? "" : ", of " + unknown + " no trial tells");
    }

    private String tier() {
        Tier tier = Tier.of(cost);
        String text = "~ " + (cost.complete() ? "" : "at least ") + tier.label();
        Tier small = Tier.ofInt8(cost);
        return cost.complete() && inspected.isFloat() && small != tier ? text + "; as INT8 ~ " + small.label() : text;
    }

    private String warnings() {
        var text = new StringBuilder();
        inspection
                .contradictions()
                .forEach(problem -> text.append(terminal.styled(WARNING, "warning"))
                        .append(": ")
                        .append(problem)
                        .append('\n'));
        if (!inspected.openDims().isEmpty()) {
            text.append("no size yet: ")
                    .append(few(List.copyOf(inspected.openDims())))
                    .append('\n');
        }
        List<String> unresolved = inspection.unresolved().stream()
                .map(value -> value.value() + " (" + value.node().op() + ": " + value.why() + ")")
                .toList();
        if (!unresolved.isEmpty()) {
            text.append("type not fully known of ").append(unresolved.size()).append(" values\n");
            unresolved.stream()
                    .limit(FEW)
                    .forEach(value -> text.append("  ").append(value).append('\n'));
        }
        if (!cost.unknown().isEmpty()) {
            text.append("not counted: ").append(few(cost.unknown())).append('\n');
        }
        return text.toString();
    }

    private static String few(List<String> all) {
        return all.stream().limit(FEW).collect(Collectors.joining(", "))
                + (all.size() > FEW ? " and " + (all.size() - FEW) + " more" : "");
    }

    private String operators() {
        var table = new Table("operator", "nodes", "MACs", "parameters", "onnxruntime");
        for (OperatorRow row : inspected.operators()) {
            String verdict = row.verdict();
            table.row(
                    row.name(),
                    Long.toString(row.nodes()),
                    Quantity.count(row.macs()),
                    Quantity.count(row.parameters()),
                    row.noKernel() + row.unknown() > 0 ? terminal.styled(WARNING, verdict) : verdict);
        }
        return table.render("");
    }

    private String heaviest() {
        if (inspection.heaviest().isEmpty()) {
            return "";
        }
        var table = new Table("heaviest layers", "operator", "MACs", "share", "parameters");
        for (ModelCost.NodeCost node : inspection.heaviest()) {
            table.row(
                    node.path(),
                    node.node().op(),
                    Quantity.count(node.macs()),
                    Quantity.percent(100.0 * node.macs() / Math.max(1, cost.macs())),
                    Quantity.count(node.parameters()));
        }
        return "\n" + table.render("");
    }

    private String opsets() {
        return inspection.opsets().entrySet().stream()
                .map(entry -> (entry.getKey().isEmpty() ? "" : entry.getKey() + " ") + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    private static String ports(List<Inspection.Port> ports) {
        return ports.stream()
                .map(port -> port.name() + " " + (port.type() == null ? "of unknown type" : port.type()))
                .collect(Collectors.joining(", "));
    }
}
