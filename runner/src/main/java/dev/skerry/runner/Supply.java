package dev.skerry.runner;

import dev.skerry.runtime.spi.Binding;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The samples of a run with the memory that they go to. */
interface Supply extends AutoCloseable {
    /** One for each shape of samples; they live as long as the model. */
    List<Binding> bindings();

    /** What the run is fed with. */
    Feed feed();

    /** What a model is fed with that runs now and then: it is given the newest sample, not the one after its last. */
    default Feed standbyFeed() {
        return feed();
    }

    /** What the loop is rehearsed with, as like the run as can be. */
    Feed rehearsal();

    /**
     * Lets a live source deliver, and waits until there is something to decide on.
     *
     * @param stopped whether the wait is to be cut short
     */
    default void begin(BooleanSupplier stopped) {}

    /** What a live source said of itself; null for recordings. */
    default @Nullable SourceRemarks remarks() {
        return null;
    }

    /** The same samples for the memory of another model with the same inputs: a new version, or the fallback model. */
    Supply to(LoadedModel other);

    /** What of it was held in memory before the run. */
    RunReport.Samples samples();

    @Override
    void close();
}
