package dev.skerry.cli;

import dev.skerry.agent.AgentContext;
import dev.skerry.agent.Bridge;
import dev.skerry.agent.BridgeStatus;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.runner.RunPlan;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What one run has of the network, where it has any. */
final class NetworkSide implements AutoCloseable {
    private final @Nullable Bridge bridge;
    private @Nullable BridgeStatus last;
    private boolean closed;

    private NetworkSide(@Nullable Bridge bridge) {
        this.bridge = bridge;
    }

    static NetworkSide open(Context context, BundleManifest manifest, Path base, boolean json) {
        PipelineSpec pipeline = PipelineSpec.parse(manifest.pipeline());
        if (!Bridge.isNeeded(pipeline)) {
            return new NetworkSide(null);
        }
        var around = new AgentContext(
                context.environment(), context.nanoTime(), new SplittableRandom(), SupervisedRuns.log(context, json));
        return new NetworkSide(Bridge.open(pipeline, manifest.egress(), base, around));
    }

    RunPlan apply(RunPlan plan) {
        return bridge == null ? plan : bridge.apply(plan);
    }

    /** Lets leave what was decided; what has crossed stays known. */
    void finish() {
        if (bridge != null && !closed) {
            closed = true;
            bridge.close();
            last = bridge.status();
        }
    }

    @Override
    public void close() {
        finish();
    }

    /** Adds it to the run's report, as {@code network}. */
    ObjectNode into(ObjectNode report) {
        if (last != null) {
            report.set("network", Context.JSON.valueToTree(last));
        }
        return report;
    }

    void print(PrintStream out) {
        BridgeStatus status = last;
        if (status == null) {
            return;
        }
        BridgeStatus.Source source = status.source();
        if (source != null) {
            out.println("  " + source.name() + ": " + source.rows() + " rows, " + source.samples() + " samples; "
                    + source.refused() + " refused, " + source.gaps() + " gaps, " + source.outages() + " outages, "
                    + source.reconnects() + " reconnects");
        }
        if (status.withheld() > 0) {
            out.println("  " + status.withheld() + " decisions stayed here, as egress says");
        }
        for (BridgeStatus.Action action : status.actions()) {
            out.println("  " + action.name() + ": " + action.sent() + " sent, " + action.lost() + " lost, "
                    + action.refused() + " refused");
        }
    }
}
