package dev.skerry.agent;

import java.util.List;

/**
 * What an agent is started with.
 *
 * @param targets what it serves and, where a bundle has a rate, supervises; at least one
 */
public record AgentPlan(List<Target> targets) {
    public AgentPlan {
        targets = List.copyOf(targets);
    }
}
