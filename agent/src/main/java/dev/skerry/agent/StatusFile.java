package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How an agent is, in a file that others may read at any time: {@code skerry.agent-status/1}, whole or not at all. */
public final class StatusFile {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Path file;
    private @Nullable String last;

    public StatusFile(Path file) {
        this.file = file.toAbsolutePath();
    }

    /**
     * Writes it where anything has changed.
     *
     * @throws dev.skerry.problem.ProblemException code {@code agent.status} where it can't be written
     */
    public void write(boolean ready, List<RunnerStatus> runners) {
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(toJson(ready, runners)) + "\n";
        if (text.equals(last)) {
            return;
        }
        Path draft = file.resolveSibling("." + file.getFileName() + ".tmp");
        try {
            Files.writeString(draft, text);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            last = text;
        } catch (IOException e) {
            throw Problem.environment("agent.status", "the status file can't be written")
                    .at(file.toString())
                    .because(e.toString())
                    .attempt("--status with a file in a folder that may be written to")
                    .toException();
        }
    }

    /** The same as a tree. */
    public static ObjectNode toJson(boolean ready, List<RunnerStatus> runners) {
        ObjectNode json = JSON.createObjectNode()
                .put("schema", "skerry.agent-status/1")
                .put("pid", ProcessHandle.current().pid())
                .put("ready", ready);
        ArrayNode list = json.putArray("runners");
        for (RunnerStatus status : runners) {
            ObjectNode one = JSON.valueToTree(status);
            one.put("state", status.state().word());
            list.add(one);
        }
        return json;
    }
}
