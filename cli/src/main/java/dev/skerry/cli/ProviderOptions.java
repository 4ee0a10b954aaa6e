package dev.skerry.cli;

import dev.skerry.project.ProviderFile;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Execution providers beside the CPU, as options: those that are typed, and those of this machine's file. */
final class ProviderOptions {
    static final String FILE = "providers.yaml";

    @Option(
            names = "--provider",
            paramLabel = "NAME[=LIBRARY][,KEY=VALUE…]",
            description = "An execution provider of ONNX Runtime by its plugin library, or built in; may be repeated.")
    List<String> providers = List.of();

    @Option(
            names = "--no-providers",
            description = "Leave out those of providers.yaml in the folder of the configuration.")
    boolean none;

    @Option(
            names = "--allow-cpu-fallback",
            description = "Let nodes that a provider doesn't take run on the CPU; the table names them.")
    boolean cpuFallback;

    @Option(
            names = "--precompile",
            description = "Let providers compile the model ahead, and keep that until it is stale (EPContext).")
    boolean precompile;

    List<Selection.Accelerator> accelerators(Context context) {
        List<SessionOptions.Plugin> known =
                ProviderFile.read(context.configuration().resolve(FILE));
        var plugins = new ArrayList<SessionOptions.Plugin>();
        providers.forEach(text -> plugins.add(ProviderFile.parse(text, known)));
        if (!none) {
            known.stream()
                    .filter(plugin ->
                            plugins.stream().noneMatch(typed -> typed.provider().equalsIgnoreCase(plugin.provider())))
                    .forEach(plugins::add);
        }
        Path contexts = context.cache().resolve("contexts");
        @Nullable Path kept = precompile ? contexts : null;
        return plugins.stream()
                .map(plugin -> new Selection.Accelerator(plugin, cpuFallback, kept))
                .toList();
    }
}
