package dev.skerry.cli;

import dev.skerry.agent.AgentContext;
import dev.skerry.agent.Bridge;
import dev.skerry.agent.BridgeStatus;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.runner.RunPlan;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What the models of one run have of the network, those that have any. */
final class NetworkSide implements AutoCloseable {
    /** In the order of the models. */
    private final List<Side> sides = new ArrayList<>();

    private NetworkSide() {}

    /**
     * A model of the run.
     *
     * @param base folder that paths of certificates and secrets are relative to
     */
    record Model(BundleManifest manifest, Path base) {}

    /** One model's way to the network; null where it needs none. */
    private record Side(String model, @Nullable Bridge bridge) {}

    /** @param models the most important one first, as in the plan of the run */
    static NetworkSide open(Context context, List<Model> models, boolean json) {
        var agent = new AgentContext(
                context.environment(), context.nanoTime(), new SplittableRandom(), SupervisedRuns.log(context, json));
        var network = new NetworkSide();
        boolean opened = false;
        try {
            for (Model model : models) {
                PipelineSpec pipeline = PipelineSpec.parse(model.manifest.pipeline());
                Bridge bridge = Bridge.isNeeded(pipeline)
                        ? Bridge.open(pipeline, model.manifest.egress(), model.base, agent)
                        : null;
                network.sides.add(new Side(model.manifest.name(), bridge));
            }
            opened = true;
            return network;
        } finally {
            if (!opened) {
                network.close();
            }
        }
    }

    /** The same plan for a process without a network. */
    RunPlan apply(RunPlan plan) {
        var others = new ArrayList<RunPlan.Other>();
        for (RunPlan.Other other : plan.others()) {
            Bridge bridge = sides.get(1 + others.size()).bridge;
            others.add(bridge == null ? other : bridge.apply(other));
        }
        Bridge bridge = sides.getFirst().bridge;
        RunPlan first = bridge == null ? plan : bridge.apply(plan);
        return first.withOthers(others);
    }

    /** Lets leave what was decided; what has crossed stays known. */
    @Override
    public void close() {
        for (Side side : sides) {
            if (side.bridge != null) {
                side.bridge.close();
            }
        }
    }

    /** Adds it to the run's report, as {@code network} of each model. */
    ObjectNode into(ObjectNode report) {
        for (int i = 0; i < sides.size(); i++) {
            Bridge bridge = sides.get(i).bridge;
            if (bridge != null) {
                var one = i == 0 ? report : (ObjectNode) report.path("others").path(i - 1);
                one.set("network", Context.JSON.valueToTree(bridge.status()));
            }
        }
        return report;
    }

    void print(PrintStream out) {
        for (Side side : sides) {
            if (side.bridge != null) {
                print(sides.size() == 1 ? "  " : "  " + side.model + ": ", side.bridge.status(), out);
            }
        }
    }

    private static void print(String begin, BridgeStatus status, PrintStream out) {
        BridgeStatus.Source source = status.source();
        if (source != null) {
            out.println(begin + source.name() + ": " + source.rows() + " rows, " + source.samples() + " samples; "
                    + source.refused() + " refused, " + source.gaps() + " gaps, " + source.outages() + " outages, "
                    + source.reconnects() + " reconnects");
        }
        if (status.withheld() > 0) {
            out.println(begin + status.withheld() + " decisions stayed here, as egress says");
        }
        for (BridgeStatus.Action action : status.actions()) {
            out.println(begin + action.name() + ": " + action.sent() + " sent, " + action.lost() + " lost, "
                    + action.refused() + " refused");
        }
    }
}
