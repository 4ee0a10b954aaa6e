package dev.skerry.cli;

import dev.skerry.compress.CompressionReport;
import dev.skerry.project.DeployStep;
import dev.skerry.project.PackedBundle;
import dev.skerry.runtime.SelectionReport;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The steps of a deployment as {@code skerry.deploy/1}. */
final class StepJson {
    private StepJson() {}

    static ObjectNode deploy(List<DeployStep> steps) {
        ObjectNode json = Context.JSON.createObjectNode().put("schema", "skerry.deploy/1");
        for (DeployStep step : steps) {
            switch (step) {
                case DeployStep.Inspected inspected -> json.set("inspect", inspected(inspected));
                case DeployStep.Compressed(CompressionReport report) ->
                    json.set("compress", Context.JSON.<JsonNode>valueToTree(report.toJson(null)));
                case DeployStep.Selected selected -> json.set("select", selected(selected));
                case DeployStep.Packed(PackedBundle bundle) -> json.set("bundle", bundle(bundle));
                case DeployStep.Verified(var verification) -> {
                    ObjectNode verify = json.putObject("verify");
                    verification.checks().forEach(verify.putArray("checks")::add);
                }
                case DeployStep.Ran ran -> {
                    json.set("run", Context.JSON.<JsonNode>valueToTree(ran.report()));
                    json.put("budget", ran.verdict().label());
                }
            }
        }
        return json;
    }

    private static ObjectNode inspected(DeployStep.Inspected step) {
        return Context.JSON
                .createObjectNode()
                .put("file", step.file().toString())
                .put("bytes", step.bytes())
                .put("nodes", step.model().graph().nodes().size())
                .put("opset", step.model().opset())
                .put("settled", step.settled())
                .put("macs", step.cost().macs())
                .put("parameters", step.cost().parameters())
                .put("parameterBytes", step.cost().parameterBytes())
                .put("peakActivationBytes", step.cost().peakActivationBytes())
                .put("complete", step.cost().complete());
    }

    private static ObjectNode selected(DeployStep.Selected step) {
        SelectionReport report = step.report();
        ObjectNode json = report.toJson();
        json.put("schema", "skerry.bench/1");
        json.putObject("chosen")
                .put("runtime", step.choice().runtime())
                .put("provider", step.choice().provider())
                .put("precision", step.choice().precision())
                .put("threads", step.choice().threads())
                .put("reason", step.choice().reason());
        return json;
    }

    static ObjectNode bundle(PackedBundle bundle) {
        return Context.JSON
                .createObjectNode()
                .put("file", bundle.file().toString())
                .put("digest", bundle.digest().text())
                .put("signer", bundle.signer())
                .put("key", bundle.key().toString())
                .put("bytes", bundle.bytes())
                .put("goldenVectors", bundle.goldenVectors())
                .put("goldenTolerance", bundle.goldenTolerance())
                .put("fallbackMicros", bundle.fallbackMicros());
    }
}
