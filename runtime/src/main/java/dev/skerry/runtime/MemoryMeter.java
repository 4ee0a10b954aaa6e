package dev.skerry.runtime;

import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Measures what a process holds more with a model than without it; in a process of its own, since nothing else is honest. */
public interface MemoryMeter {
    /** Measures nothing. */
    MemoryMeter NONE = (use, request) -> null;

    /**
     * What is measured: a model as it would be run.
     *
     * @param runtime by its name
     * @param provider of compiled code its level of instructions; null elsewhere
     */
    record Use(String runtime, @Nullable String provider, Path model, SessionOptions options) {}

    /** Bytes; null where it can't be measured. */
    @Nullable
    Long bytes(Use use, Selection.Request request);
}
