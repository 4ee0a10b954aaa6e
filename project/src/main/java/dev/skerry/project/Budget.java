package dev.skerry.project;

import dev.skerry.compress.Budgets;
import java.util.OptionalLong;

/**
 * What the deployed model has to keep to.
 *
 * @param latencyNanos from the scheduled release to the decision
 * @param percentile the percentile of the latency that must keep to it, in percent
 * @param rateHertz decisions in a second
 * @param memoryBytes weights and peak activations together, where limited
 * @param limits what compression may cost, and how large and slow the model by itself may be
 */
public record Budget(
        long latencyNanos, double percentile, double rateHertz, OptionalLong memoryBytes, Budgets limits) {}
