package dev.skerry.agent;

import java.util.List;

/**
 * What goes on in the agent's process: everything of a device that knows the network. The deadline loop is not among it; it
 * has a process of its own without sockets.
 */
public final class Agent implements AutoCloseable {
    private final AgentPlan plan;

    private Agent(AgentPlan plan) {
        this.plan = plan;
    }

    /**
     * Starts everything that the plan names; what fails here leaves nothing behind.
     *
     * @throws dev.skerry.problem.ProblemException where a target can't be served
     */
    public static Agent start(AgentPlan plan) {
        return new Agent(plan);
    }

    /** The names of what is served, in the order of the plan. */
    public List<String> names() {
        return plan.targets().stream().map(Target::name).toList();
    }

    /** Ends what is under way and then everything else; calling it again does nothing. */
    @Override
    public void close() {
        // nothing is open yet
    }
}
