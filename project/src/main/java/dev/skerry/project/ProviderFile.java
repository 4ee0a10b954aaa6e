package dev.skerry.project;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Execution providers of this machine, and how they are asked for on a command line. The file is YAML: each provider by its name, with
 * {@code library} (a path; left out for one that is built into ONNX Runtime), {@code options} and {@code enabled}.
 */
public final class ProviderFile {
    private static final List<String> KNOWN = List.of("library", "options", "enabled");

    private ProviderFile() {}

    /**
     * Those of the file that are enabled; none where there is no file.
     *
     * @throws dev.skerry.problem.ProblemException {@code providers.file} where it isn't what it should be
     */
    public static List<SessionOptions.Plugin> read(Path file) {
        if (!Files.exists(file)) {
            return List.of();
        }
        YamlText yaml;
        try {
            yaml = YamlText.parse(file.toString(), Files.readString(file));
        } catch (IOException unreadable) {
            throw wrong(file.toString(), "can't be read")
                    .because(String.valueOf(unreadable.getMessage()))
                    .toException();
        }
        var plugins = new ArrayList<SessionOptions.Plugin>();
        JsonNode tree = yaml.tree();
        if (!tree.isObject()) {
            throw wrong(file.toString(), "expected providers by name")
                    .attempt("qnn: {library: /path/lib.so}")
                    .toException();
        }
        for (Map.Entry<String, JsonNode> provider : tree.properties()) {
            String where = file + ", " + provider.getKey();
            JsonNode entry = provider.getValue();
            if (!entry.isObject()) {
                throw wrong(where, "expected library, options or enabled").toException();
            }
            for (String field : entry.propertyNames()) {
                if (!KNOWN.contains(field)) {
                    Problem unknown = wrong(where, "unknown '" + field + "'");
                    throw Suggestion.nearest(field, KNOWN)
                            .map(unknown::attempt)
                            .orElse(unknown)
                            .toException();
                }
            }
            if (!entry.path("enabled").asBoolean(true)) {
                continue;
            }
            var options = new LinkedHashMap<String, String>();
            entry.path("options")
                    .properties()
                    .forEach(option ->
                            options.put(option.getKey(), option.getValue().asString()));
            JsonNode library = entry.path("library");
            plugins.add(new SessionOptions.Plugin(
                    provider.getKey(),
                    library.isString()
                            ? file.resolveSibling(library.stringValue()).normalize()
                            : null,
                    options));
        }
        return plugins;
    }

    /**
     * A provider as it is typed: {@code NAME}, {@code NAME=LIBRARY}, {@code NAME=LIBRARY,key=value}; without a library the one of the
     * file, else the one that is built in.
     *
     * @param known those of the file
     */
    public static SessionOptions.Plugin parse(String text, List<SessionOptions.Plugin> known) {
        List<String> parts = List.of(text.split(",", -1));
        String head = parts.getFirst();
        int equals = head.indexOf('=');
        String name = equals < 0 ? head : head.substring(0, equals);
        if (name.isBlank() || equals == head.length() - 1) {
            throw Problem.usage("usage", "--provider: expected NAME or NAME=LIBRARY, found '" + text + "'")
                    .attempt("--provider qnn=/opt/qnn/libonnxruntime_providers_qnn.so,htp_performance_mode=burst")
                    .toException();
        }
        SessionOptions.Plugin configured = known.stream()
                .filter(plugin -> plugin.provider().equalsIgnoreCase(name))
                .findFirst()
                .orElse(new SessionOptions.Plugin(name, null, Map.of()));
        var options = new LinkedHashMap<String, String>(configured.options());
        for (String option : parts.subList(1, parts.size())) {
            int at = option.indexOf('=');
            if (at < 1) {
                throw Problem.usage("usage", "--provider: expected key=value, found '" + option + "'")
                        .at(text)
                        .toException();
            }
            options.put(option.substring(0, at), option.substring(at + 1));
        }
        return new SessionOptions.Plugin(
                configured.provider(),
                equals < 0 ? configured.library() : Path.of(head.substring(equals + 1)),
                options);
    }

    private static Problem wrong(String where, String what) {
        return Problem.usage("providers.file", what).at(where);
    }
}
