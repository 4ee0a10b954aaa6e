package dev.skerry.runtime;

import dev.skerry.model.ModelFormat;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.List;

/** A runtime whose sessions all run on an execution provider. */
public record Accelerated(RuntimeProvider runtime, Selection.Accelerator accelerator) implements RuntimeProvider {
    @Override
    public String name() {
        return runtime.name();
    }

    @Override
    public ModelFormat format() {
        return runtime.format();
    }

    @Override
    public int mostThreads() {
        return runtime.mostThreads();
    }

    /** The runtime's, with this one provider; whether it can be used shows when a model is opened. */
    @Override
    public Availability probe() {
        return switch (runtime.probe()) {
            case Availability.Present present ->
                new Availability.Present(
                        present.version(), List.of(accelerator.plugin().provider()));
            case Availability.Missing missing -> missing;
        };
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        return runtime.open(model, accelerator.of(options));
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        return runtime.open(content, name, accelerator.of(options));
    }
}
