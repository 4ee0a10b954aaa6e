package dev.skerry.agent;

import dev.skerry.bundle.Egress;
import dev.skerry.pipeline.ActionSpec;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.runner.RunPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Between the network, which this process has, and a run, which has none: a ring of samples on the way in where the source is
 * behind a network, a ring of decisions on the way out where an action is. It outlives the runs that it is lent to, so a runner
 * that is started again goes on with the samples of now.
 */
public final class Bridge implements AutoCloseable {
    /** Memory that looks like files; the folder for temporary files where there is none. */
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final RingFolder folder;
    private final @Nullable Ingest ingest;
    private final @Nullable Dispatch dispatch;
    private final @Nullable JsonNode actions;
    private final Object lock = new Object();
    private @Nullable BridgeStatus last;

    private Bridge(
            RingFolder folder, @Nullable Ingest ingest, @Nullable Dispatch dispatch, @Nullable JsonNode actions) {
        this.folder = folder;
        this.ingest = ingest;
        this.dispatch = dispatch;
        this.actions = actions;
    }

    /** Whether a pipeline needs one. */
    public static boolean isNeeded(PipelineSpec pipeline) {
        return pipeline.source() instanceof NetworkSpec || !network(pipeline).isEmpty();
    }

    private static List<ActionSpec.Network> network(PipelineSpec pipeline) {
        return pipeline.actions().stream()
                .filter(ActionSpec.Network.class::isInstance)
                .map(ActionSpec.Network.class::cast)
                .toList();
    }

    /**
     * Opens the network's side. Other machines that can't be reached are no failure: it is tried until they can.
     *
     * @param egress what may leave the device
     * @param base folder that paths of certificates and secrets are relative to
     * @throws dev.skerry.problem.ProblemException where the declaration or one of its files can't be used
     */
    public static Bridge open(PipelineSpec pipeline, Set<Egress> egress, Path base, AgentContext context) {
        RingFolder folder = RingFolder.in(parent());
        Ingest ingest = null;
        boolean opened = false;
        try {
            if (pipeline.source() instanceof NetworkSpec source) {
                ingest = Ingest.open(source, base, folder.path().resolve("samples.ring"), context);
            }
            List<ActionSpec.Network> network = network(pipeline);
            Dispatch dispatch = network.isEmpty()
                    ? null
                    : Dispatch.open(network, egress, base, folder.path().resolve("decisions.ring"), context);
            opened = true;
            return new Bridge(folder, ingest, dispatch, dispatch == null ? null : actions(pipeline, dispatch));
        } finally {
            if (!opened) {
                if (ingest != null) {
                    ingest.close();
                }
                folder.close();
            }
        }
    }

    private static JsonNode actions(PipelineSpec pipeline, Dispatch dispatch) {
        var local = new ArrayList<ActionSpec>(pipeline.actions());
        local.removeIf(ActionSpec.Network.class::isInstance);
        local.add(dispatch.action());
        return pipeline.withActions(local).toJson().path("actions");
    }

    private static Path parent() {
        return Files.isWritable(SHARED_MEMORY) ? SHARED_MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** The same plan for a process without a network. */
    public RunPlan apply(RunPlan plan) {
        RunPlan applied = ingest == null ? plan : plan.withSource(ingest.source());
        return actions == null ? applied : applied.withActions(actions);
    }

    /** The same for a model that shares another one's cycle. */
    public RunPlan.Other apply(RunPlan.Other other) {
        return new RunPlan.Other(
                other.bundle(),
                other.base(),
                ingest == null ? other.source() : ingest.source(),
                actions == null ? other.actions() : actions);
    }

    /** How both sides are, or were at the end; by any thread. */
    public BridgeStatus status() {
        synchronized (lock) {
            return last == null ? BridgeStatus.of(ingest, dispatch) : last;
        }
    }

    @Override
    public void close() {
        // what the run has decided leaves before the network goes
        if (dispatch != null) {
            dispatch.close();
        }
        synchronized (lock) {
            if (last != null) {
                return;
            }
            last = BridgeStatus.of(ingest, dispatch);
        }
        if (ingest != null) {
            ingest.close();
        }
        folder.close();
    }
}
