package dev.skerry.runtime;

import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program of a process that holds one model: prints by how many bytes the process has grown once the model is loaded and has run a
 * few times. Its heap is there from the start, so that what grows is the runtime with its library, the weights and the values.
 */
final class MemoryProbe {
    private static final int RUNS = 20;

    private MemoryProbe() {}

    public static void main(String[] arguments) throws IOException {
        JsonNode asked = JsonMapper.shared().readTree(arguments[0]);
        String name = asked.path("runtime").asString("");
        RuntimeProvider runtime = Runtimes.all().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
        var plugins =
                asked.path("plugins").valueStream().map(MemoryProbe::plugin).toList();
        var sizes = new LinkedHashMap<String, Long>();
        asked.path("dims")
                .properties()
                .forEach(dim -> sizes.put(dim.getKey(), dim.getValue().longValue()));
        SessionOptions options = SessionOptions.DEFAULT
                .withThreads(asked.path("threads").asInt(1))
                .withDims(sizes)
                .withPlugins(plugins, asked.path("cpuFallback").asBoolean(false));
        OptionalLong before = ProcessMemory.residentBytes();
        try (Session session = runtime.open(Path.of(asked.path("model").asString("")), options);
                Binding binding = session.bind(inputs(asked.path("inputs")))) {
            for (int i = 0; i < RUNS; i++) {
                binding.run();
            }
            OptionalLong after = ProcessMemory.residentBytes();
            if (before.isPresent() && after.isPresent()) {
                String grown = Math.max(0, after.getAsLong() - before.getAsLong()) + "\n";
                try (var out = new FileOutputStream(FileDescriptor.out)) {
                    out.write(grown.getBytes(StandardCharsets.UTF_8));
                }
            }
        } catch (ProblemException failed) {
            // whoever asked has opened it before, and takes silence for an answer
            System.exit(failed.problem().kind().exitCode());
        }
    }

    private static SessionOptions.Plugin plugin(JsonNode json) {
        var options = new LinkedHashMap<String, String>();
        json.path("options")
                .properties()
                .forEach(each -> options.put(each.getKey(), each.getValue().asString("")));
        JsonNode library = json.path("library");
        return new SessionOptions.Plugin(
                json.path("provider").asString(""),
                library.isString() ? Path.of(library.stringValue()) : null,
                options);
    }

    private static Map<String, long[]> inputs(JsonNode json) {
        var inputs = new LinkedHashMap<String, long[]>();
        json.properties()
                .forEach(input -> inputs.put(
                        input.getKey(),
                        input.getValue()
                                .valueStream()
                                .mapToLong(JsonNode::longValue)
                                .toArray()));
        return inputs;
    }
}
