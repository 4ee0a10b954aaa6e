package dev.skerry.project;

import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a model can be measured with here: the installed runtimes, and C that is compiled for each level of this machine's instructions. */
public final class PresentRuntimes {
    private PresentRuntimes() {}

    /** @param work a folder for what is compiled when a model is opened */
    public static List<RuntimeProvider> of(Path work, Device device) {
        return Stream.concat(
                        Runtimes.all().stream()
                                .filter(runtime -> !runtime.name().equals(CompiledRuntime.NAME)),
                        new HostCompiler(work, device, List.of()).runtimes().stream())
                .toList();
    }
}
