package dev.skerry.pipeline;

import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What live sources take from the process that they run in.
 *
 * @param nanoTime as {@link System#nanoTime}
 * @param random spreads attempts to reconnect
 * @param stdin what standard input can be opened by
 */
public record SourceContext(LongSupplier nanoTime, RandomGenerator random, Path stdin) {}
