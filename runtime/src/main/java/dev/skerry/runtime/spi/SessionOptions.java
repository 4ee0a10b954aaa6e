package dev.skerry.runtime.spi;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a model is loaded.
 *
 * @param threads intra-op threads; 1 runs on the caller's thread and keeps its priority and affinity
 * @param optimization how far the runtime may rewrite the graph
 * @param plugins execution providers to try before the CPU, in this order
 * @param cpuFallback whether nodes that no plugin takes may run on the CPU; without plugins it has no meaning
 * @param profile whether to keep per-node times and the placement of nodes ({@link Session#placement})
 * @param dims sizes of named dimensions, for a runtime whose models have fixed ones; others leave them open
 * @param contexts folder for what plugins compile ahead, kept from one session to the next; null compiles anew in each
 */
public record SessionOptions(
        int threads,
        Optimization optimization,
        List<Plugin> plugins,
        boolean cpuFallback,
        boolean profile,
        Map<String, Long> dims,
        @Nullable Path contexts) {
    public static final SessionOptions DEFAULT =
            new SessionOptions(1, Optimization.ALL, List.of(), false, false, Map.of(), null);

    public enum Optimization {
        NONE,
        BASIC,
        EXTENDED,
        ALL
    }

    /**
     * An execution provider.
     *
     * @param provider its name; {@code qnn} and {@code QNNExecutionProvider} are the same
     * @param library that it is in; null for one that is built into the runtime
     * @param options as the provider's maker documents them
     */
    public record Plugin(String provider, @Nullable Path library, Map<String, String> options) {
        public Plugin {
            options = Collections.unmodifiableSortedMap(new TreeMap<>(options));
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
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }

    public SessionOptions withOptimization(Optimization optimization) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }

    public SessionOptions withProfile(boolean profile) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }

    public SessionOptions withDims(Map<String, Long> dims) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }

    /** With execution providers; {@code cpuFallback} as above. */
    public SessionOptions withPlugins(List<Plugin> plugins, boolean cpuFallback) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }

    public SessionOptions withContexts(@Nullable Path contexts) {
        return new SessionOptions(threads, optimization, plugins, cpuFallback, profile, dims, contexts);
    }
}
