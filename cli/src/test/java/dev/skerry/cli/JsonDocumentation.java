package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Holds {@code docs/json.md} to what the commands print. */
final class JsonDocumentation {
    private JsonDocumentation() {}

    /** Each field of the document stands in the section of its schema, and in those of the documents inside it. */
    static void assertDescribes(JsonNode json) throws IOException {
        String schema = json.path("schema").asString();
        String text = Files.readString(SharedData.projectRoot().resolve("docs/json.md"));
        int start = text.indexOf("\n## " + schema + "\n");
        assertThat(start).as("a section on " + schema).isNotNegative();
        int end = text.indexOf("\n## ", start + 4);
        String section = text.substring(start, end < 0 ? text.length() : end);
        var documented = new TreeSet<String>();
        section.lines()
                .filter(line -> line.startsWith("- "))
                .forEach(line -> Pattern.compile("`([^`]+)`")
                        .matcher(line.replaceFirst("`: .*", "`"))
                        .results()
                        .forEach(match -> documented.add(match.group(1))));
        var printed = new TreeSet<String>();
        collect(json, "", printed);
        assertThat(printed.stream().filter(path -> documented.stream().noneMatch(known -> matches(known, path))))
                .as("fields of " + schema + " that docs/json.md doesn't describe")
                .isEmpty();
    }

    private static boolean matches(String documented, String path) {
        return path.matches("\\Q" + documented.replace("*", "\\E[^\\[\\]]+\\Q") + "\\E");
    }

    private static void collect(JsonNode node, String path, Set<String> paths) throws IOException {
        if (node.isObject() && (path.isEmpty() || !node.has("schema"))) {
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                collect(entry.getValue(), path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), paths);
            }
        } else if (node.isArray() && !node.isEmpty()) {
            for (JsonNode element : node) {
                collect(element, path + "[]", paths);
            }
        } else if (node.isObject()) {
            paths.add(path);
            assertDescribes(node);
        } else if (!node.isArray()) {
            paths.add(path);
        }
    }
}
