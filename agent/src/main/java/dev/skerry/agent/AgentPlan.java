package dev.skerry.agent;

import java.util.List;

/**
 * What an agent is started with.
 *
 * @param targets what it serves and, where a bundle has a rate, supervises; at least one
 * @param instances sessions of each model, which infer side by side
 * @param threads of an instance of a bare model; a bundle says its own
 * @param listening where and how it serves
 * @param version of the program, as clients are told
 */
public record AgentPlan(List<Target> targets, int instances, int threads, Listening listening, String version) {
    public AgentPlan {
        targets = List.copyOf(targets);
    }
}
