package dev.skerry.project;

import java.util.OptionalLong;

/**
 * What the deployed model has to keep to.
 *
 * @param latencyNanos from the scheduled release to the decision
 * @param percentile the percentile of the latency that must keep to it, in percent
 * @param rateHertz decisions in a second
 * @param memoryBytes weights and peak activations together, where limited
 * @param maxDropPercent points of accuracy that compression may cost
 */
public record Budget(
        long latencyNanos, double percentile, double rateHertz, OptionalLong memoryBytes, double maxDropPercent) {}
