package dev.skerry.runtime;

import dev.skerry.runtime.spi.RuntimeProvider;
import java.util.List;
import java.util.ServiceLoader;

/** The runtimes that are installed. */
public final class Runtimes {
    private Runtimes() {}

    public static List<RuntimeProvider> all() {
        return ServiceLoader.load(RuntimeProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }
}
