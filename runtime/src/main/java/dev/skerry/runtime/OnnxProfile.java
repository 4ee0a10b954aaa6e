package dev.skerry.runtime;

import dev.skerry.runtime.spi.NodePlacement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Where ONNX Runtime writes its profile, and how to read it: one event per kernel call, in the trace event format of Chrome. */
final class OnnxProfile {
    static final OnnxProfile OFF = new OnnxProfile(null);
    private static final String KERNEL = "_kernel_time";

    private final @Nullable Path folder;

    private OnnxProfile(@Nullable Path folder) {
        this.folder = folder;
    }

    static OnnxProfile inTemporaryFolder() throws IOException {
        return new OnnxProfile(Files.createTempDirectory("skerry-profile"));
    }

    boolean isOn() {
        return folder != null;
    }

    String prefix() {
        return String.valueOf(folder) + "/profile";
    }

    void delete() {
        if (folder == null || !Files.exists(folder)) {
            return;
        }
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private record Calls(String op, String provider, long count, double micros) {}

    /** Nodes in the order of their first call, with the mean over all calls. */
    static List<NodePlacement> parse(byte[] json) {
        var calls = new LinkedHashMap<String, Calls>();
        try {
            for (JsonNode event : JsonMapper.shared().readTree(json)) {
                String name = event.path("name").asString("");
                if (!event.path("cat").asString("").equals("Node") || !name.endsWith(KERNEL)) {
                    continue;
                }
                String node = name.substring(0, name.length() - KERNEL.length());
                JsonNode arguments = event.path("args");
                var call = new Calls(
                        arguments.path("op_name").asString(""),
                        arguments.path("provider").asString(""),
                        1,
                        event.path("dur").asDouble(0));
                calls.merge(
                        node,
                        call,
                        (all, one) -> new Calls(all.op, all.provider, all.count + 1, all.micros + one.micros));
            }
        } catch (JacksonException failure) {
            throw new IllegalStateException("ONNX Runtime wrote a profile that is no JSON", failure);
        }
        return calls.entrySet().stream()
                .map(entry -> new NodePlacement(
                        entry.getKey(),
                        entry.getValue().op,
                        entry.getValue().provider,
                        entry.getValue().micros / entry.getValue().count))
                .toList();
    }
}
