package dev.skerry.agent;

import java.util.Map;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What the agent takes from the process that it runs in.
 *
 * @param environment where secrets may be
 * @param nanoTime as {@link System#nanoTime}, which runners measure the age of samples by
 * @param random for pauses between attempts
 * @param listener hears of changes of state
 */
public record AgentContext(
        Map<String, String> environment, LongSupplier nanoTime, RandomGenerator random, AgentEvent.Listener listener) {
    public AgentContext {
        environment = Map.copyOf(environment);
    }
}
