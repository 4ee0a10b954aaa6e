package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What commands share: the terminal, the clock, the environment. */
record Context(Terminal terminal, LongSupplier nanoTime, Map<String, String> environment) {
    static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    void printJson(JsonNode node) {
        terminal.out().println(JSON.writeValueAsString(node));
    }

    /** Prints a value that Jackson turns into JSON. */
    void printJson(Object value) {
        printJson(JSON.<JsonNode>valueToTree(value));
    }

    /** The signing key of a project: outside of it, so that it isn't committed by mistake. */
    Path keyOf(String project) {
        String own = environment.getOrDefault("SKERRY_KEY", "");
        return own.isEmpty() ? configuration().resolve("keys").resolve(project + ".pem") : Path.of(own);
    }

    Path configuration() {
        String xdg = environment.getOrDefault("XDG_CONFIG_HOME", "");
        return (xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".config") : Path.of(xdg)).resolve("skerry");
    }

    /** The folder of what can be made again, which exists. */
    Path cache() {
        String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path folder =
                (xdg.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(xdg)).resolve("skerry");
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw Problem.environment("run.cache", "the cache folder can't be made")
                    .at(folder.toString())
                    .because(e.getMessage())
                    .attempt("XDG_CACHE_HOME with a folder that you may write to")
                    .toException();
        }
    }

    /** What was typed, in a form that a shell reads. */
    static String typed(CommandSpec spec) {
        return Stream.concat(Stream.of("skerry"), spec.root().commandLine().getParseResult().originalArgs().stream())
                .map(word -> word.matches("[\\w./:=,@%+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    /** The last line of a result: what a person would type next. */
    void next(String command) {
        terminal.out().println(terminal.styled(Terminal.Style.FAINT, "next: ") + command);
    }
}
