package dev.skerry.pipeline;

/** The decision that leaves in time where the model's would be late. */
public record Fallback(String label) {}
