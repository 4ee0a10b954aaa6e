package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What was given where a bundle is wanted, and can't be one: said before it is refused as a damaged bundle. */
final class Targets {
    private static final String LAYOUT = "oci-layout";

    private Targets() {}

    /**
     * Where a project would have done too.
     *
     * @throws dev.skerry.problem.ProblemException code {@code usage} of a model, {@code project.missing} of a folder with neither
     */
    static void requireBundle(Path target, String command) {
        String name = target.toString().toLowerCase(Locale.ROOT);
        if (Files.isRegularFile(target) && (name.endsWith(".onnx") || name.endsWith(".tflite"))) {
            throw Problem.usage("usage", "it is a model, and a project or bundle is wanted")
                    .at(target.toString())
                    .attempt("skerry init " + target + " --samples DIR, which makes a project of it")
                    .attempt("skerry agent " + target + ", which serves it as it is")
                    .toException();
        }
        requireNoStandalone(target, command);
        if (Files.isDirectory(target) && !Files.exists(target.resolve(LAYOUT))) {
            throw Problem.usage("project.missing", "no project and no bundle here")
                    .at(target.toString())
                    .because("there is neither a skerry.yaml nor an oci-layout in it")
                    .attempt("skerry init MODEL --samples DIR, which writes a project")
                    .toException();
        }
    }

    /**
     * A folder of {@code pack --standalone} has a bundle in it, and isn't one.
     *
     * @throws dev.skerry.problem.ProblemException code {@code usage}
     */
    static void requireNoStandalone(Path target, String command) {
        Path within = target.resolve("bundle");
        if (!Files.exists(target.resolve(LAYOUT)) && Files.exists(within.resolve(LAYOUT))) {
            throw Problem.usage("usage", "it is a folder with a bundle in it, and no bundle")
                    .at(target.toString())
                    .attempt("skerry " + command + " " + within)
                    .toException();
        }
    }
}
