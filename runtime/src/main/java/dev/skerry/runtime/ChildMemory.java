package dev.skerry.runtime;

import dev.skerry.model.Tensor;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Starts a process for each model, and asks it how much it has grown. Only Linux tells. Compiled code isn't measured: its memory is in
 * its library, which {@code skerry compile} states exactly.
 */
public final class ChildMemory implements MemoryMeter {
    private static final long MOST_SECONDS = 60;
    private static final List<String> HANDED_DOWN = List.of("onnxruntime.", "skerry.tflite.", "java.io.tmpdir");

    private final Properties parent;

    /** @param parent system properties of this JVM: its Java, class path and where native libraries are */
    public ChildMemory(Properties parent) {
        this.parent = parent;
    }

    @Override
    public @Nullable Long bytes(Use use, Selection.Request request) {
        if (use.provider() != null) {
            return null;
        }
        Process process = null;
        try {
            process = new ProcessBuilder(command(asked(use, request.samples().getFirst())))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean ended = process.waitFor(MOST_SECONDS, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0 && said.matches("\\d{1,15}") ? (Long) Long.parseLong(said) : null;
        } catch (IOException notStarted) {
            return null;
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
        }
    }

    private static String asked(Use use, Map<String, Tensor> sample) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        SessionOptions options = use.options();
        json.put("runtime", use.runtime())
                .put("model", use.model().toAbsolutePath().toString())
                .put("threads", options.threads())
                .put("cpuFallback", options.cpuFallback());
        options.dims().forEach(json.putObject("dims")::put);
        ObjectNode inputs = json.putObject("inputs");
        sample.forEach((name, tensor) -> {
            var dims = inputs.putArray(name);
            for (long size : tensor.dims()) {
                dims.add(size);
            }
        });
        var plugins = json.putArray("plugins");
        for (SessionOptions.Plugin plugin : options.plugins()) {
            ObjectNode each = plugins.addObject().put("provider", plugin.provider());
            Path library = plugin.library();
            if (library != null) {
                each.put("library", library.toAbsolutePath().toString());
            }
            plugin.options().forEach(each.putObject("options")::put);
        }
        return JsonMapper.shared().writeValueAsString(json);
    }

    private List<String> command(String asked) {
        var command = new ArrayList<String>();
        command.add(Path.of(parent.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-XX:+UseSerialGC", "-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:-UsePerfData", "-Xshare:auto"));
        parent.stringPropertyNames().stream()
                .filter(name -> HANDED_DOWN.stream().anyMatch(name::startsWith))
                .sorted()
                .forEach(name -> command.add("-D" + name + "=" + parent.getProperty(name)));
        command.add("--sun-misc-unsafe-memory-access=allow");
        Module module = ChildMemory.class.getModule();
        if (module.isNamed()) {
            command.add("--enable-native-access=" + module.getName() + ",com.microsoft.onnxruntime");
            command.addAll(List.of("--module-path", parent.getProperty("jdk.module.path", "")));
            command.addAll(List.of("--module", module.getName() + "/" + MemoryProbe.class.getName()));
        } else {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.addAll(
                    List.of("--class-path", parent.getProperty("java.class.path", ""), MemoryProbe.class.getName()));
        }
        command.add(asked);
        return command;
    }
}
