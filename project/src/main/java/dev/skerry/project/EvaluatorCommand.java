package dev.skerry.project;

import dev.skerry.compress.Evaluator;
import dev.skerry.compress.Score;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * An evaluator that is a program: it is run once for each model, with the path of its file in place of {@value #PLACE}, or as
 * the last word where that stands nowhere, and says how good it is in the last line that it prints.
 */
final class EvaluatorCommand implements Evaluator {
    static final String PLACE = "{model}";

    /** Figures of a million samples take less. */
    private static final long MOST_OUTPUT = 64L << 20;

    private static final int LAST_WORDS = 300;

    private final List<String> words;
    private final Duration timeout;
    private final Path folder;

    /** @param folder where the program runs */
    EvaluatorCommand(List<String> words, Duration timeout, Path folder) {
        this.words = List.copyOf(words);
        this.timeout = timeout;
        this.folder = folder;
    }

    /** The words of a command line: parted by white space, quotes of either kind hold together. No shell reads it. */
    static List<String> words(String line) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean begun = false;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else {
                    word.append(c);
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
                begun = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                begun = true;
            } else if (begun) {
                words.add(word.toString());
                word.setLength(0);
                begun = false;
            }
        }
        if (quote != 0 || words.isEmpty() && !begun) {
            throw Problem.usage(
                            "compress.evaluator", quote != 0 ? "a quote is opened and not closed" : "an empty command")
                    .at(line)
                    .attempt("\"python3 evaluate.py {model}\"")
                    .toException();
        }
        if (begun) {
            words.add(word.toString());
        }
        return words;
    }

    @Override
    public Score score(String variant, Model model) {
        Path scratch = scratch();
        try {
            Path file = scratch.resolve(variant.replaceAll("[^A-Za-z0-9._-]", "_") + ".onnx");
            ModelFile.write(model, file);
            return ScoreText.parse(lastLine(scratch, variant, run(scratch, file, variant)), variant, words.getFirst());
        } finally {
            delete(scratch);
        }
    }

    private static Path scratch() {
        try {
            return Files.createTempDirectory("skerry-evaluator");
        } catch (IOException e) {
            throw Problem.environment("project.work", "no folder can be made for the evaluator's model")
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }

    /** What it printed, in a file, so that nobody has to read while it runs. */
    private Path run(Path scratch, Path model, String variant) {
        boolean placed = words.stream().anyMatch(word -> word.contains(PLACE));
        var line = new ArrayList<String>();
        words.forEach(word -> line.add(word.replace(PLACE, model.toString())));
        if (!placed) {
            line.add(model.toString());
        }
        Path out = scratch.resolve("out");
        Path err = scratch.resolve("err");
        Process process;
        try {
            process = new ProcessBuilder(line)
                    .directory(folder.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw Problem.usage("compress.evaluator", "the evaluator can't be started")
                    .at(words.getFirst())
                    .because(String.valueOf(e.getMessage()))
                    .attempt("a program on the PATH, or one relative to " + folder)
                    .toException();
        }
        try {
            if (!process.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw problem("the evaluator takes longer than " + timeout.toSeconds() + " s", variant, err)
                        .attempt("a longer timeout")
                        .attempt("fewer samples in it")
                        .toException();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.usage("compress.cancelled", "compression was cancelled")
                    .toException();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        int code = process.exitValue();
        if (code != 0) {
            // as a shell has it, and a Java process too
            String signal = code > 128 && code < 160 ? ", which is signal " + (code - 128) : "";
            throw problem("the evaluator ends with exit code " + code + signal, variant, err)
                    .attempt("running it by hand: " + String.join(" ", words))
                    .toException();
        }
        return out;
    }

    private String lastLine(Path scratch, String variant, Path out) {
        try {
            if (Files.size(out) > MOST_OUTPUT) {
                throw problem("the evaluator prints more than 64 MiB", variant, scratch.resolve("err"))
                        .attempt("printing the figure only")
                        .toException();
            }
            return new String(Files.readAllBytes(out), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .reduce((_, last) -> last)
                    .orElseThrow(() -> problem("the evaluator prints nothing", variant, scratch.resolve("err"))
                            .attempt(ScoreText.EXAMPLE)
                            .toException())
                    .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Problem problem(String what, String variant, Path err) {
        String said = "";
        try {
            String text = new String(Files.readAllBytes(err), StandardCharsets.UTF_8).strip();
            said = text.length() > LAST_WORDS ? "…" + text.substring(text.length() - LAST_WORDS) : text;
        } catch (IOException _) {
            // then there are no last words
        }
        return Problem.usage("compress.evaluator", what)
                .at(words.getFirst() + ", model " + variant)
                .because(said.isEmpty() ? null : "it said: " + said.replaceAll("\\s*\\R\\s*", " / "));
    }

    private static void delete(Path scratch) {
        try (Stream<Path> files = Files.walk(scratch)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // a temporary folder that stays does no harm
        }
    }
}
