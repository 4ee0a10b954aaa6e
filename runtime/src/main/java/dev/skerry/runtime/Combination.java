package dev.skerry.runtime;

import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes a row: a file of the model on a runtime.
 *
 * @param accelerator null for the runtime's own
 */
record Combination(
        RuntimeProvider runtime,
        Selection.@Nullable Accelerator accelerator,
        Selection.Variant variant,
        int threads,
        SessionOptions options) {
    /** In the order of the runtimes; more threads than a runtime can use would be the same row again. */
    static List<Combination> all(List<RuntimeProvider> runtimes, Selection.Request request) {
        var all = new ArrayList<Combination>();
        int least = request.threads().getFirst();
        for (RuntimeProvider runtime : runtimes) {
            for (Selection.Variant variant : request.variants()) {
                for (int threads : request.threads()) {
                    if (threads <= Math.max(runtime.mostThreads(), least)) {
                        all.add(new Combination(runtime, null, variant, threads, options(request, threads)));
                    }
                }
                for (Selection.Accelerator accelerator :
                        runtime.takesPlugins() ? request.accelerators() : List.<Selection.Accelerator>of()) {
                    SessionOptions options = accelerator.of(options(request, least));
                    all.add(new Combination(runtime, accelerator, variant, least, options));
                }
            }
        }
        return all;
    }

    private static SessionOptions options(Selection.Request request, int threads) {
        return SessionOptions.DEFAULT.withThreads(threads).withDims(request.dims());
    }

    /** What it has in common with the same on more threads. */
    List<Object> withoutThreads() {
        return List.of(runtime, variant.file(), accelerator == null ? "" : accelerator);
    }

    SelectionRow row() {
        return SelectionRow.of(runtime.name(), provider(), variant.precision(), threads)
                .with(new SelectionRow.Detail(size(variant.file()), null, null, null, null, false));
    }

    MemoryMeter.Use use() {
        return new MemoryMeter.Use(
                runtime.name(),
                runtime.name().equals(CompiledRuntime.NAME) ? provider() : null,
                variant.file(),
                options);
    }

    private @Nullable String provider() {
        if (accelerator != null) {
            return accelerator.plugin().provider();
        }
        return switch (runtime.probe()) {
            case Availability.Present present
            when !present.providers().isEmpty() -> present.providers().getFirst();
            case Availability.Present _, Availability.Missing _ -> null;
        };
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException unreadable) {
            // opening it says why
            return 0;
        }
    }
}
