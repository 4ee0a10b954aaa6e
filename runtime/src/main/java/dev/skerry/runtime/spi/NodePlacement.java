package dev.skerry.runtime.spi;

/** Where a node of the optimized graph ran. */
public record NodePlacement(String node, String op, String provider, double meanMicros) {}
