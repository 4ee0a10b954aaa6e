package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What goes on in the agent's process: everything of a device that knows the network. The deadline loop is not among it; it
 * has a process of its own without sockets.
 */
public final class Agent implements AutoCloseable {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private final AgentPlan plan;
    private final SharedRegions regions;
    private final Models models;
    private final Connections connections;
    private final Metrics metrics;
    private final HttpServer server;
    private final @Nullable MetricsExport export;
    private volatile boolean loading;
    private boolean closed;

    private Agent(AgentPlan plan, LongSupplier nanoTime, InstantSource clock) {
        Listening listening = plan.listening();
        Limits limits = listening.limits();
        this.plan = plan;
        this.regions = new SharedRegions(SHARED_MEMORY, listening.sharedMemory(), limits.sharedRegions());
        this.models = new Models(plan.targets().stream().map(Target::name).toList(), limits, regions, nanoTime, clock);
        var protocol = new Protocol(models, regions, plan.version());
        this.connections = new Connections(limits.readTime(), nanoTime);
        var bodies = new Bodies(limits, connections, nanoTime);
        this.metrics = new Metrics(models, bodies, connections, plan.version(), clock);
        var rates = new ClientRates(limits.requestsPerSecond(), nanoTime);
        this.server = HttpServer.start(
                listening,
                new RestApi(protocol, bodies, new RequestJson(limits), metrics, rates, nanoTime),
                new GrpcApi(protocol, bodies, limits, rates, nanoTime),
                connections);
        this.export = listening.collector() == null
                ? null
                : MetricsExport.start(metrics, listening.collector(), listening.exportEvery(), clock);
    }

    /**
     * Starts everything that the plan names; what fails for all leaves nothing behind.
     *
     * @param nanoTime the clock that durations are measured with
     * @param clock the time of day, for those who read metrics
     * @throws dev.skerry.problem.ProblemException where it can't listen, or no target can be served
     */
    public static Agent start(AgentPlan plan, LongSupplier nanoTime, InstantSource clock) {
        var agent = open(plan, nanoTime, clock);
        boolean started = false;
        try {
            agent.load();
            started = true;
            return agent;
        } finally {
            if (!started) {
                agent.close();
            }
        }
    }

    /**
     * Listens. It answers from the beginning, and says that it is ready when all models are loaded.
     *
     * @param nanoTime the clock that durations are measured with
     * @param clock the time of day, for those who read metrics
     * @throws dev.skerry.problem.ProblemException where it can't listen
     */
    public static Agent open(AgentPlan plan, LongSupplier nanoTime, InstantSource clock) {
        return new Agent(plan, nanoTime, clock);
    }

    /**
     * Loads the models, which may take minutes. Where some can't be served the others are.
     *
     * @throws dev.skerry.problem.ProblemException where no target can be served
     */
    public void load() {
        loading = true;
        try {
            plan.targets().forEach(target -> models.load(target, plan.instances(), plan.threads()));
        } finally {
            loading = false;
        }
        List<Problem> problems = problems();
        if (problems.size() == plan.targets().size()) {
            throw problems.getFirst().toException();
        }
    }

    /** The names of what is served, in the order of the plan. */
    public List<String> names() {
        return plan.targets().stream()
                .map(Target::name)
                .filter(name -> models.state(name) instanceof ModelState.Ready)
                .toList();
    }

    /** Why targets are not served; empty where all are. */
    public List<Problem> problems() {
        var problems = new ArrayList<Problem>();
        for (Target target : plan.targets()) {
            if (models.state(target.name()) instanceof ModelState.Failed(Problem problem)) {
                problems.add(problem);
            }
        }
        return problems;
    }

    /** Takes the runners into what is told of health and metrics: only where all decide is the agent ready. */
    public void tells(Supervision supervision) {
        models.readyWhen(supervision::allDeciding);
        metrics.tells(supervision::statuses);
    }

    public int port() {
        return server.port();
    }

    /** The same as {@link #port} where gRPC has none of its own. */
    public int grpcPort() {
        return server.grpcPort();
    }

    /**
     * Ends what is under way and then everything else; calling it again does nothing. While models are still loaded it leaves them
     * as they are: native code is at work in them, and only the end of the process ends it.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        models.drain(plan.listening().drain());
        if (export != null) {
            export.close();
        }
        server.close();
        connections.close();
        if (!loading) {
            models.close();
            regions.close();
        }
    }
}
