package dev.skerry.runtime.spi;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * How a model is loaded.
 *
 * @param threads intra-op threads; 1 runs on the caller's thread and keeps its priority and affinity
 * @param optimization how far the runtime may rewrite the graph
 * @param plugins execution providers to try before the CPU, in this order
 * @param cpuFallback whether nodes that no plugin takes may run on the CPU; without plugins it has no meaning
 * @param profile whether to keep per-node times and the placement of nodes ({@link Session#placement})
 * @param dims sizes of named dimensions, for a runtime whose models have fixed ones; others leave them open
 */
public record SessionOptions(
        int threads,
        Optimization optimization,
        List<Plugin> plugins,
        boolean cpuFallback,
        boolean profile,
        Map<String, Long> dims) {
    public static final SessionOptions DEFAULT =
            new SessionOptions(1, Optimization.ALL, List.of(), false, false, Map.of());

    public enum Optimization {
        NONE,
        BASIC,
        EXTENDED,
        ALL
    }

    /** An execution provider in a library of its own. */
    public record Plugin(String provider, Path library, Map<String, String> options) {
        public Plugin {
            options = Map.copyOf(options);
        }
    }

    public SessionOptions {
        if (threads < 1) {
            throw new IllegalArgumentException(threads + " threads");
        }
        plugins = List.copyOf(plugins);
        dims = Map.copyOf(dims);
    }

    public SessionOptions withThreads(int threads) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims);
    }

    public SessionOptions withOptimization(Optimization optimization) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims);
    }

    public SessionOptions withProfile(boolean profile) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims);
    }

    public SessionOptions withDims(Map<String, Long> dims) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims);
    }
}
