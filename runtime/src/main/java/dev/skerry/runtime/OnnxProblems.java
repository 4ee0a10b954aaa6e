package dev.skerry.runtime;

import ai.onnxruntime.OrtException;
import dev.skerry.problem.Problem;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What ONNX Runtime says when it fails, cut down to what a person needs. Pure, since the wording is tested against real failures. */
final class OnnxProblems {
    private static final Pattern CODE = Pattern.compile("^Error code - \\w+ - message: ", Pattern.DOTALL);
    /** A place in ONNX Runtime's sources with the C++ signature behind it. */
    private static final Pattern SOURCE = Pattern.compile(
            "/\\S*onnxruntime\\S*\\.(?:cc|h|cpp|hpp):\\d+ (?:[^\\n(]|operator\\(\\))*\\([^)]*\\)(?: const)?(?: \\[[^\\]]*\\])? ?");

    private static final Pattern NOISE = Pattern.compile("Exception during initialization: |::<lambda\\([^)]*\\)> ?"
            + "|If you need support create a github issue with justification\\.?");
    private static final Pattern LOAD = Pattern.compile("^Load model from .*? failed: ?", Pattern.DOTALL);
    private static final Pattern OPSET = Pattern.compile(
            "Opset (\\d+) is under development.*support for domain (\\S+) is till opset (\\d+)", Pattern.DOTALL);
    private static final Pattern IR =
            Pattern.compile("Unsupported model IR version: (\\d+), max supported IR version: (\\d+)");
    private static final Pattern UNREGISTERED =
            Pattern.compile("(?:Fatal error: )?([^\\s(]+)\\S* is not a registered function/op");
    private static final Pattern UNKNOWN_OP =
            Pattern.compile("No Op registered for (\\S+) with domain_version of (\\d+)");
    private static final Pattern NO_KERNEL =
            Pattern.compile("Could not find an implementation for (\\S+) node with name '([^']*)'");
    private static final Pattern FAILED_NODE = Pattern.compile(
            "Non-zero status code returned while running (\\S+) node\\. Name:'([^']*)' Status Message: ",
            Pattern.DOTALL);
    private static final Pattern BAD_NODE = Pattern.compile("[Nn]ode:? ?\\(([^)]*)\\)");
    private static final Pattern BUFFER = Pattern.compile(
            "output '([^']*)' of node .* has shape (\\{[^}]*\\}) but the computed output shape for this run is (\\{[^}]*\\})",
            Pattern.DOTALL);
    private static final Pattern STATUS = Pattern.compile("^: \\d+ : [A-Z_]+ : ");
    private static final Pattern OTHER_RANK =
            Pattern.compile("Invalid rank for input: (\\S+) Got: (\\d+) Expected: (\\d+)");

    private OnnxProblems() {}

    static Problem load(String model, OrtException failure) {
        return load(model, text(failure));
    }

    static Problem run(String model, OrtException failure) {
        return run(model, text(failure));
    }

    static Problem load(String model, String message) {
        String cause = essential(message);
        var problem = Problem.usage("runtime.load", "ONNX Runtime can't load this model")
                .at(model);
        Matcher opset = OPSET.matcher(cause);
        if (opset.find()) {
            return problem.because("its opset " + opset.group(1) + " of " + opset.group(2) + " is newer than "
                            + opset.group(3) + ", the newest that this ONNX Runtime knows")
                    .attempt("exporting the model with opset " + opset.group(3) + " or older");
        }
        Matcher ir = IR.matcher(cause);
        if (ir.find()) {
            return problem.because("its IR version " + ir.group(1) + " is newer than " + ir.group(2)
                            + ", the newest that this ONNX Runtime reads")
                    .attempt("saving the model with IR version " + ir.group(2) + " or older");
        }
        Matcher unregistered = UNREGISTERED.matcher(cause);
        if (unregistered.find()) {
            return problem.because("operator " + unregistered.group(1) + " is unknown")
                    .attempt("exporting the model without custom operators")
                    .attempt("a model that defines the operator as a function");
        }
        Matcher unknown = UNKNOWN_OP.matcher(cause);
        if (unknown.find()) {
            return problem.because("operator " + unknown.group(1) + " doesn't exist in opset " + unknown.group(2))
                    .attempt("checking the name of the operator, or the opset that the model imports");
        }
        Matcher kernel = NO_KERNEL.matcher(cause);
        if (kernel.find()) {
            String node = kernel.group(2).isEmpty() ? "an unnamed node" : "node " + kernel.group(2);
            return problem.at(model + ", " + node)
                    .because("no execution provider has " + kernel.group(1) + " for these types")
                    .attempt("another element type for this node")
                    .attempt("an execution provider that has the operator, as a plugin");
        }
        if (cause.toLowerCase(Locale.ROOT).contains("protobuf parsing failed")
                || cause.contains("ModelProto does not have a graph")) {
            return problem.because("the file is no ONNX model, or is truncated")
                    .attempt("exporting or downloading it again");
        }
        if (cause.contains("disable_cpu_ep_fallback")
                || cause.contains("fallback to CPU EP has been explicitly disabled")) {
            return problem.because("the provider doesn't take all nodes, and falling back to the CPU isn't allowed")
                    .attempt("--allow-cpu-fallback")
                    .attempt("skerry inspect, to see which operators such compilers take");
        }
        Matcher node = BAD_NODE.matcher(cause);
        return (node.find() && !node.group(1).isEmpty() ? problem.at(model + ", node " + node.group(1)) : problem)
                .because(cause)
                .attempt("exporting the model again; onnx.checker names what is wrong with it");
    }

    static Problem run(String model, String message) {
        String cause = essential(message);
        Matcher failed = FAILED_NODE.matcher(cause);
        String where = model;
        if (failed.find()) {
            where = model + ", node " + (failed.group(2).isEmpty() ? failed.group(1) : failed.group(2));
            cause = essential(failed.replaceFirst(""));
        }
        var problem = Problem.usage("runtime.run", "ONNX Runtime fails to run this model")
                .at(where);
        Matcher buffer = BUFFER.matcher(cause);
        if (buffer.find()) {
            return problem.because("the bound output " + buffer.group(1) + " has the shape " + buffer.group(2)
                            + " and would need " + buffer.group(3) + "; its shape depends on the data")
                    .attempt("a model whose outputs have fixed shapes")
                    .attempt("infer instead of a binding");
        }
        Matcher rank = OTHER_RANK.matcher(cause);
        if (rank.find()) {
            return Problem.usage("runtime.input", "expected rank " + rank.group(3) + ", found " + rank.group(2))
                    .at(model + ", input " + rank.group(1));
        }
        return problem.because(cause);
    }

    /** Without error codes, places in C++ sources, and line breaks. */
    static String essential(String message) {
        String text = CODE.matcher(message).replaceFirst("");
        text = LOAD.matcher(text).replaceFirst("");
        text = SOURCE.matcher(text).replaceAll("");
        text = NOISE.matcher(text).replaceAll("");
        text = text.replaceAll("\\s+", " ").strip();
        text = STATUS.matcher(text).replaceFirst("");
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
