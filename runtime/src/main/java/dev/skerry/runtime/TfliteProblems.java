package dev.skerry.runtime;

import dev.skerry.model.Shape;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What TensorFlow Lite says when it fails, cut down to what a person needs. Pure, since the wording is tested against real failures. */
final class TfliteProblems {
    /** A place in its sources. */
    private static final Pattern SOURCE = Pattern.compile("(?:\\S*/)?[\\w-]+\\.(?:cc|h|cpp):\\d+:? ?");

    private static final Pattern VERSION =
            Pattern.compile("Didn't find op for builtin opcode '(\\w+)' version '(\\d+)'");
    private static final Pattern CUSTOM = Pattern.compile("Encountered unresolved custom op: ([^\\s.]+)");
    private static final Pattern NODE =
            Pattern.compile("Node number (\\d+) \\(([^)]*)\\) failed to (?:prepare|invoke|eval)\\.?");

    private TfliteProblems() {}

    /** @param said its messages, in lines; they may be none */
    static Problem load(String model, String said) {
        var problem = Problem.usage("runtime.load", "TensorFlow Lite can't load this model");
        Matcher version = VERSION.matcher(said);
        if (version.find()) {
            return problem.at(model)
                    .because("operator " + version.group(1) + " in version " + version.group(2)
                            + " is newer than this TensorFlow Lite")
                    .attempt("exporting the model with an older converter");
        }
        Matcher custom = CUSTOM.matcher(said);
        if (custom.find()) {
            return problem.at(model)
                    .because("operator " + custom.group(1) + " is unknown")
                    .attempt("exporting the model without custom operators");
        }
        return explained(problem, model, said);
    }

    static Problem run(String model, String said) {
        return explained(Problem.usage("runtime.run", "TensorFlow Lite fails to run this model"), model, said);
    }

    /** That it can't be given inputs of these dimensions. */
    static Problem sizes(String model, Map<String, long[]> dims, String said) {
        String found = new TreeMap<>(dims)
                .entrySet().stream()
                        .map(input -> input.getKey() + " " + Shape.of(input.getValue()))
                        .collect(Collectors.joining(", "));
        return explained(
                Problem.usage(
                        "runtime.input", "the model can't be given inputs of other sizes than its own; found " + found),
                model,
                said);
    }

    /** That inputs or outputs aren't those that the file was read to have. */
    static Problem otherEnds(String model, String what, List<String> read, List<String> found) {
        return Problem.usage("runtime.load", "TensorFlow Lite sees other " + what + " in this model")
                .at(model)
                .because("expected " + String.join(", ", read) + ", found " + String.join(", ", found))
                .attempt("the runtime onnxruntime, where the model keeps its state in variables");
    }

    private static Problem explained(Problem problem, String model, String said) {
        Matcher node = NODE.matcher(said);
        Problem placed = problem.at(node.find() ? model + ", operator " + node.group(1) + " " + node.group(2) : model);
        String cause = node.reset()
                .replaceAll("")
                .lines()
                .map(line -> SOURCE.matcher(line).replaceAll("").strip())
                .filter(line -> !line.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
        return cause.isEmpty() ? placed : placed.because(cause);
    }
}
