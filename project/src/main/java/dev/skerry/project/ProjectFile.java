package dev.skerry.project;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.skerry.compress.ActivationScheme;
import dev.skerry.compress.Budgets;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.compress.Granularity;
import dev.skerry.compress.Int8Layout;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/** Reads a {@code skerry.yaml}: every mistake is shown with its line, and unknown words with the known one that is nearest. */
public final class ProjectFile {
    private static final Schema SCHEMA = schema();
    private static final List<String> PIPELINE_KEYS = keys(new ObjectMapper().readTree(PipelineSpec.schema()));

    private final YamlText yaml;
    private final ProjectFolder folder;

    private ProjectFile(YamlText yaml, ProjectFolder folder) {
        this.yaml = yaml;
        this.folder = folder;
    }

    /**
     * @param path a project's folder, or the file itself
     * @throws ProblemException with codes {@code project.missing}, {@code project.yaml} and {@code project.invalid}
     */
    public static ProjectConfig read(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve("skerry.yaml") : path;
        try {
            return parse(file, Files.readString(file));
        } catch (MalformedInputException e) {
            throw Problem.usage("project.yaml", "not a text file in UTF-8")
                    .at(file.toString())
                    .attempt("the folder with a skerry.yaml")
                    .attempt("skerry init " + file + " --samples DIR, where it is a model")
                    .toException();
        } catch (IOException e) {
            throw Problem.usage("project.missing", "no readable project here")
                    .at(file.toString())
                    .because(Files.exists(file) ? e.getMessage() : "the file does not exist")
                    .attempt("skerry init MODEL --samples DIR, which writes one")
                    .toException();
        }
    }

    static ProjectConfig parse(Path file, String text) {
        YamlText yaml = YamlText.parse(file.getFileName().toString(), text);
        Path folder = file.toAbsolutePath().normalize().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("a file has a folder: " + file);
        }
        return new ProjectFile(yaml, new ProjectFolder(folder)).config();
    }

    /** The JSON Schema of the file, for editors. */
    public static String schemaText() {
        return resource("/dev/skerry/project/skerry.schema.json");
    }

    private ProjectConfig config() {
        JsonNode tree = yaml.tree();
        validate(tree);
        JsonNode compression = tree.path("compression");
        List<String> keepFloat = new ArrayList<>();
        compression.path("keep-float").forEach(node -> keepFloat.add(node.stringValue()));
        return new ProjectConfig(
                folder,
                tree.path("name").stringValue(),
                tree.has("version") ? tree.path("version").asString() : "1",
                folder.root().resolve(tree.path("model").stringValue()).normalize(),
                ProjectConfig.Target.of(tree.path("target").asString("this-machine"))
                        .orElseThrow(),
                budget(tree.path("budget")),
                samples(tree.path("samples").path("calibration")),
                samples(tree.path("samples").path("evaluation")),
                new ProjectConfig.CompressionChoice(
                        CompressionRequest.Method.valueOf(
                                compression.path("method").asString("auto").toUpperCase(Locale.ROOT)),
                        compression.path("range").asString("auto"),
                        compression.path("samples").asInt(200),
                        compression.path("prefer").asString("speed").equals("size"),
                        keepFloat,
                        Arrays.stream(ActivationScheme.values())
                                .filter(scheme -> scheme.label()
                                        .equals(compression.path("integers").asString("auto")))
                                .findFirst(),
                        new Int8Layout(
                                compression.path("scales").asString("channel").equals("tensor")
                                        ? Granularity.TENSOR
                                        : Granularity.CHANNEL,
                                compression.path("symmetric").asBoolean(false),
                                compression.path("form").asString("qdq").equals("qoperator"),
                                false)),
                judged(tree.path("evaluation")),
                pipeline(tree),
                strings(tree.path("state")),
                numbers(tree.path("dims")),
                tree.path("egress").asString("metrics-only"));
    }

    private EvaluationChoice judged(JsonNode evaluation) {
        JsonNode evaluator = evaluation.path("evaluator");
        List<String> words = new ArrayList<>();
        evaluator.forEach(word -> words.add(word.stringValue()));
        if (evaluator.isString()) {
            words.addAll(EvaluatorCommand.words(evaluator.stringValue()));
        }
        double timeout = quantity(
                evaluation, "/evaluation/", "timeout", "10min", Units::nanos, "a duration such as 90s or 10min");
        if (!words.isEmpty() && evaluation.has("metric")) {
            throw Problem.usage("project.invalid", "evaluation has both a metric and an evaluator")
                    .at(yaml.at("/evaluation/metric"))
                    .because("the evaluator's figure is the metric")
                    .attempt("one of them")
                    .toException();
        }
        return new EvaluationChoice(
                evaluation.path("metric").asString("auto"), words, Duration.ofNanos((long) timeout), folder.root());
    }

    private PipelineSpec pipeline(JsonNode tree) {
        JsonNode spec = tree.has("pipeline") ? tree.path("pipeline") : JsonNodeFactory.instance.objectNode();
        try {
            return PipelineSpec.parse(spec);
        } catch (ProblemException e) {
            Problem problem = e.problem();
            String where = problem.where();
            throw (where == null ? problem : problem.at(lineOf(where))).toException();
        }
    }

    /** Turns {@code pipeline.pre[1].resize} into {@code skerry.yaml:12 (pipeline.pre[1].resize)}. */
    private String lineOf(String path) {
        String pointer = "/" + path.replaceAll("\\[(\\d+)]", ".$1").replace('.', '/');
        return path.startsWith("pipeline") ? yaml.at(pointer) + " (" + path + ")" : path;
    }

    private void validate(JsonNode tree) {
        List<Error> errors = SCHEMA.validate(tree);
        if (errors.isEmpty()) {
            return;
        }
        // The deepest mistake is the one that a person made; the others follow from it. A misspelt key also leaves one
        // out.
        Error error = errors.stream()
                .max(Comparator.<Error>comparingInt(e -> e.getInstanceLocation().getNameCount())
                        .thenComparing(e -> "additionalProperties".equals(e.getKeyword())))
                .orElseThrow();
        String pointer = pointer(error);
        if (pointer.startsWith("/pipeline")) {
            // its own reader knows the steps, and so which one was meant
            pipeline(tree);
        }
        Problem problem = Problem.usage("project.invalid", sentence(error, pointer));
        if ("additionalProperties".equals(error.getKeyword())) {
            String unknown = String.valueOf(error.getProperty());
            problem = problem.at(yaml.at(pointer + "/" + unknown));
            List<String> known = knownKeys(pointer);
            // the pipeline's schema branches by step, so a word is looked for among all of its words
            var nearest = Suggestion.nearest(unknown, known)
                    .or(() -> Suggestion.nearest(unknown, pointer.startsWith("/pipeline") ? PIPELINE_KEYS : List.of()));
            throw nearest.map(word -> "'" + word + "'")
                    .map(problem::attempt)
                    .orElse(known.isEmpty() ? problem : problem.attempt("one of " + String.join(", ", known)))
                    .toException();
        }
        problem = problem.at(yaml.at(pointer));
        if ("enum".equals(error.getKeyword())) {
            List<String> known = texts(error.getSchemaNode());
            throw Suggestion.nearest(given(error), known)
                    .map(word -> "'" + word + "'")
                    .map(problem::attempt)
                    .orElse(problem)
                    .toException();
        }
        String description =
                known(SCHEMA.getSchemaNode(), pointer).path("description").asString("");
        throw (description.isEmpty() ? problem : problem.because(description)).toException();
    }

    private static String given(Error error) {
        JsonNode node = error.getInstanceNode();
        return node == null ? "" : node.asString("");
    }

    private static List<String> texts(@org.jspecify.annotations.Nullable JsonNode array) {
        var texts = new ArrayList<String>();
        if (array != null) {
            array.forEach(element -> texts.add(element.asString("")));
        }
        return texts;
    }

    /** Every key that a schema names anywhere. */
    private static List<String> keys(JsonNode schema) {
        var keys = new ArrayList<>(schema.path("properties").propertyNames());
        schema.forEach(part -> keys.addAll(keys(part)));
        return keys;
    }

    private static String sentence(Error error, String pointer) {
        String field = pointer.isEmpty() ? "the project" : pointer.substring(1).replace('/', '.');
        if ("enum".equals(error.getKeyword())) {
            return field + ": '" + given(error) + "' is not one of " + String.join(", ", texts(error.getSchemaNode()));
        }
        return "additionalProperties".equals(error.getKeyword())
                ? "unknown key '" + error.getProperty() + "'" + (pointer.isEmpty() ? "" : " in " + field)
                : field + ": " + error.getMessage().replaceFirst("^[^:]*: ", "");
    }

    private static String pointer(Error error) {
        String location = error.getInstanceLocation().toString();
        return location.startsWith("$") ? location.substring(1) : location;
    }

    /** The keys that the schema knows at a place of the file. */
    private static List<String> knownKeys(String pointer) {
        return List.copyOf(
                known(SCHEMA.getSchemaNode(), pointer).path("properties").propertyNames());
    }

    private static JsonNode known(JsonNode schema, String pointer) {
        JsonNode found = schema;
        for (String part :
                pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/")) {
            found = found.path("properties").path(part);
        }
        return found;
    }

    private Budget budget(JsonNode budget) {
        double rate = quantity(budget, "rate", "10Hz", Units::hertz, "a rate such as 30Hz or 300/min");
        double latency = budget.has("latency") ? duration(budget, "latency", "") : 1e9 / rate;
        if (latency > 1e9 / rate * 1.0001) {
            throw Problem.usage("project.invalid", "the latency budget is longer than a period")
                    .at(yaml.at("/budget/latency"))
                    .because("at " + budget.path("rate").asString("10Hz") + " a decision is due every "
                            + Math.round(1e6 / rate) / 1e3 + " ms")
                    .attempt("a lower rate, or a shorter latency")
                    .toException();
        }
        return new Budget(
                Math.round(latency),
                budget.path("percentile").asDouble(99.9),
                rate,
                size(budget, "memory"),
                new Budgets(
                        budget.path("max-drop").asDouble(1),
                        size(budget, "max-size"),
                        size(budget, "max-ram"),
                        budget.has("max-latency")
                                ? OptionalDouble.of(duration(budget, "max-latency", "") / 1e3)
                                : OptionalDouble.empty()));
    }

    private OptionalLong size(JsonNode budget, String key) {
        return budget.has(key)
                ? OptionalLong.of((long) quantity(budget, key, "", Units::bytes, "a size such as 256MB"))
                : OptionalLong.empty();
    }

    private double duration(JsonNode budget, String key, String otherwise) {
        return quantity(budget, key, otherwise, Units::nanos, "a duration such as 5ms or 800us");
    }

    private interface Parser {
        OptionalDouble parse(String text);
    }

    private double quantity(JsonNode budget, String key, String otherwise, Parser parser, String form) {
        return quantity(budget, "/budget/", key, otherwise, parser, form);
    }

    private double quantity(JsonNode node, String at, String key, String otherwise, Parser parser, String form) {
        String text = node.path(key).asString(otherwise);
        OptionalDouble value = parser.parse(text);
        if (value.isEmpty() || value.getAsDouble() <= 0) {
            throw Problem.usage(
                            "project.invalid",
                            at.substring(1).replace('/', '.') + key + ": '" + text + "' is not " + form)
                    .at(yaml.at(at + key))
                    .toException();
        }
        return value.getAsDouble();
    }

    private static @org.jspecify.annotations.Nullable JsonNode samples(JsonNode node) {
        return node.isMissingNode() ? null : node;
    }

    private static Map<String, String> strings(JsonNode node) {
        Map<String, String> map = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().stringValue()));
        return map;
    }

    private static Map<String, Long> numbers(JsonNode node) {
        Map<String, Long> map = new LinkedHashMap<>();
        node.properties()
                .forEach(entry -> map.put(entry.getKey(), entry.getValue().longValue()));
        return map;
    }

    private static Schema schema() {
        Map<String, String> byId = Map.of(
                "https://skerry.dev/schema/pipeline.schema.json", PipelineSpec.schema(),
                "https://skerry.dev/schema/skerry.schema.json", schemaText());
        SchemaRegistry registry =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(byId));
        return registry.getSchema(
                com.networknt.schema.SchemaLocation.of("https://skerry.dev/schema/skerry.schema.json"));
    }

    private static String resource(String name) {
        try (InputStream stream = ProjectFile.class.getResourceAsStream(name)) {
            if (stream == null) {
                throw new IllegalStateException("missing from the build: " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("missing from the build: " + name, e);
        }
    }
}
