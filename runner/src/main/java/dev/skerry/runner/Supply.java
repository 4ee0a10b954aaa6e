package dev.skerry.runner;

import dev.skerry.runtime.spi.Binding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The samples of a run with the memory that they go to. */
interface Supply extends AutoCloseable {
    /** One for each shape of samples; they live as long as the model. */
    List<Binding> bindings();

    /** What the run is fed with. */
    Feed feed();

    /** What the loop is rehearsed with, as like the run as can be. */
    Feed rehearsal();

    /** Lets a live source deliver, and waits until there is something to decide on. */
    default void begin(StopSignal stop) {}

    /** What a live source said of itself; null for recordings. */
    default @Nullable SourceRemarks remarks() {
        return null;
    }

    /** What of it was held in memory before the run. */
    RunReport.Samples samples();

    @Override
    void close();
}
