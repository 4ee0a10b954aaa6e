package dev.skerry.project;

import dev.skerry.problem.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** YAML 1.2 as a JSON tree that still knows the line of each value, so that a mistake is shown where it stands. */
final class YamlText {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final int MOST_VALUES = 10_000;
    private static final int DEEPEST = 50;

    private static final int MOST_LEVELS = 500;

    private final String file;
    private final Map<String, Integer> lineByPointer = new LinkedHashMap<>();
    private final JsonNode tree;
    private int values;

    private YamlText(String file, Node root) {
        this.file = file;
        this.tree = convert(root, "");
    }

    /**
     * @param file how messages name the text
     * @throws dev.skerry.problem.ProblemException with code {@code project.yaml} where the text is not YAML
     */
    static YamlText parse(String file, String text) {
        requireShallow(file, text);
        Optional<Node> root;
        try {
            LoadSettings settings = LoadSettings.builder().setLabel(file).build();
            root = new Composer(settings, new ParserImpl(settings, new StreamReader(settings, text))).getSingleNode();
        } catch (MarkedYamlEngineException e) {
            Problem problem = Problem.usage("project.yaml", "not valid YAML: " + e.getProblem())
                    .at(file + ":"
                            + e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1))
                    .because(e.getContext());
            boolean bare = e.getProblem().contains("cannot start any token");
            throw (bare ? problem.attempt("quotes around the value, as in \"-\"") : problem).toException();
        } catch (YamlEngineException e) {
            throw Problem.usage("project.yaml", "not valid YAML: " + e.getMessage())
                    .at(file)
                    .toException();
        }
        return new YamlText(
                file,
                root.orElseThrow(() -> Problem.usage("project.yaml", "the file is empty")
                        .at(file)
                        .attempt("skerry init MODEL --samples DIR, which writes one")
                        .toException()));
    }

    /** The parser calls itself per level, and its stack would end first: brackets count, and how far lines are indented. */
    private static void requireShallow(String file, String text) {
        int line = 1;
        int open = 0;
        int indent = 0;
        boolean leading = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                line++;
                indent = 0;
                leading = true;
                continue;
            }
            leading &= " -?:".indexOf(c) >= 0;
            indent += leading ? 1 : 0;
            open = switch (c) {
                case '[', '{' -> open + 1;
                case ']', '}' -> Math.max(0, open - 1);
                default -> open;
            };
            if (Math.max(open, indent) > MOST_LEVELS) {
                throw Problem.usage("project.yaml", "more than " + MOST_LEVELS + " levels within each other")
                        .at(file + ":" + line)
                        .because("a project has seven at most")
                        .toException();
            }
        }
    }

    JsonNode tree() {
        return tree;
    }

    /** {@code file:line} of the value at a JSON pointer, or of the nearest value around it. */
    String at(String pointer) {
        for (String path = pointer; ; path = path.substring(0, path.lastIndexOf('/'))) {
            Integer line = lineByPointer.get(path);
            if (line != null) {
                return file + ":" + line;
            }
            if (path.isEmpty()) {
                return file;
            }
        }
    }

    private JsonNode convert(Node node, String pointer) {
        if (++values > MOST_VALUES || pointer.chars().filter(c -> c == '/').count() > DEEPEST) {
            throw Problem.usage("project.yaml", "more than " + MOST_VALUES + " values, or deeper than " + DEEPEST)
                    .at(file)
                    .because("anchors that repeat each other can make a small file endless")
                    .toException();
        }
        if (pointer.chars().filter(c -> c == '/').count() > MOST_LEVELS) {
            throw Problem.usage("project.yaml", "more than " + MOST_LEVELS + " levels within each other")
                    .at(file)
                    .because("an anchor that holds itself never ends")
                    .toException();
        }
        node.getStartMark().map(Mark::getLine).ifPresent(line -> lineByPointer.putIfAbsent(pointer, line + 1));
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, pointer);
            case SequenceNode sequence -> {
                ArrayNode array = JSON.arrayNode();
                for (Node element : sequence.getValue()) {
                    array.add(convert(element, pointer + "/" + array.size()));
                }
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar, pointer);
            default ->
                throw Problem.usage("project.yaml", "not a value: " + node.getNodeType())
                        .at(at(pointer))
                        .toException();
        };
    }

    private ObjectNode mapping(MappingNode mapping, String pointer) {
        ObjectNode object = JSON.objectNode();
        for (NodeTuple entry : mapping.getValue()) {
            if (!(entry.getKeyNode() instanceof ScalarNode key)) {
                throw Problem.usage("project.yaml", "a key must be a word")
                        .at(at(pointer))
                        .toException();
            }
            String child = pointer + "/" + key.getValue().replace("~", "~0").replace("/", "~1");
            key.getStartMark().map(Mark::getLine).ifPresent(line -> lineByPointer.put(child, line + 1));
            if (object.has(key.getValue())) {
                throw Problem.usage("project.yaml", "'" + key.getValue() + "' stands here twice")
                        .at(at(child))
                        .toException();
            }
            object.set(key.getValue(), convert(entry.getValueNode(), child));
        }
        return object;
    }

    private JsonNode scalar(ScalarNode scalar, String pointer) {
        String text = scalar.getValue();
        Tag tag = scalar.getTag();
        try {
            if (tag.equals(Tag.INT)) {
                return JSON.numberNode(Long.parseLong(text));
            }
            if (tag.equals(Tag.FLOAT)) {
                return JSON.numberNode(Double.parseDouble(text));
            }
        } catch (NumberFormatException _) {
            throw Problem.usage("project.yaml", "'" + text + "' is not a number that fits")
                    .at(at(pointer))
                    .toException();
        }
        if (tag.equals(Tag.BOOL)) {
            return JSON.booleanNode(Boolean.parseBoolean(text));
        }
        return tag.equals(Tag.NULL) ? JSON.nullNode() : JSON.stringNode(text);
    }
}
