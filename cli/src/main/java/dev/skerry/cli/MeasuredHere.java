package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.Verification;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.project.HereCheck;
import dev.skerry.runner.Chosen;
import dev.skerry.runtime.DeviceProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Measures a bundle on this device and keeps what is the best, for the runner. */
final class MeasuredHere {
    /** At a start nobody wants to wait. */
    private static final Duration AT_START = Duration.ofMillis(1500);

    private final Context context;
    private final boolean quiet;

    MeasuredHere(Context context, boolean quiet) {
        this.context = context;
        this.quiet = quiet;
    }

    /** The folder that bundles are unpacked into, for the runner too. */
    static Path unpacked(Context context) {
        Path folder = context.cache();
        try {
            return Files.createDirectories(folder).resolve("bundles");
        } catch (IOException e) {
            throw Problem.environment("run.cache", "the cache folder can't be made")
                    .at(folder.toString())
                    .because(e.getMessage())
                    .attempt("XDG_CACHE_HOME with a folder that you may write to")
                    .toException();
        }
    }

    /** As a command of its own, for a bundle that was verified. */
    int show(Path file, Verification verification, Duration budget, @Nullable Path record) {
        Bundle bundle = Bundle.open(file);
        HereCheck.Outcome outcome = measure(bundle, bundle.unpack(unpacked(context)), budget);
        if (record != null) {
            Pages.write(record, Context.JSON.writeValueAsString(outcome.here().toJson()) + "\n");
        }
        if (quiet) {
            ObjectNode json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.verify/1")
                    .put("verified", true);
            verification.checks().forEach(json.putArray("checks")::add);
            json.put("digest", bundle.digest().text());
            ObjectNode here = json.putObject("here");
            here.put("known", outcome.known())
                    .put("runtime", outcome.after().runtime())
                    .put("threads", outcome.after().threads())
                    .put("note", outcome.note());
            here.set("measured", outcome.here().toJson());
            here.setAll(outcome.report().toJson());
            context.printJson(json);
        } else {
            context.terminal()
                    .out()
                    .println("verified  " + bundle.digest() + ", "
                            + verification.checks().size() + " checks");
            context.terminal()
                    .out()
                    .print(SelectionText.table(outcome.report().rows()).render("  "));
            context.terminal().out().println(outcome.note());
            context.next(record == null ? "skerry run " + file : "skerry pack PROJECT --measured " + record);
        }
        return 0;
    }

    /** Before a run: on a machine of a class that the bundle doesn't know, measures once and says so. */
    void beforeRun(Bundle bundle, Path unpacked) {
        if (Chosen.isMeasured(unpacked, bundle.manifest().runtime(), DeviceProbe.probe())) {
            return;
        }
        HereCheck.Outcome outcome;
        try {
            outcome = measure(bundle, unpacked, AT_START);
        } catch (ProblemException nothingWorks) {
            // the runner holds the model to its golden vectors too, and says which one fails
            return;
        }
        context.terminal().err().println("note: " + outcome.note() + "; skerry verify --here shows the figures");
    }

    private HereCheck.Outcome measure(Bundle bundle, Path unpacked, Duration budget) {
        var line = new ProgressLine(context.terminal(), context.nanoTime());
        HereCheck.Outcome outcome = HereCheck.run(unpacked, bundle.manifest(), budget, context.nanoTime(), line);
        line.clear();
        return outcome;
    }
}
