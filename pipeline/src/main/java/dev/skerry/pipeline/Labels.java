package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Names of classes and their indices. */
final class Labels {
    private static final long LIMIT = 16L << 20;

    private final Map<String, Integer> indices = new HashMap<>();
    private final String origin;

    private Labels(List<String> names, String origin) {
        this.origin = origin;
        for (int i = 0; i < names.size(); i++) {
            indices.putIfAbsent(names.get(i), i);
        }
    }

    /** The names of a file, one a line, in the order of their indices; empty lines at the end don't count. */
    static List<String> names(Path file) {
        var names = new ArrayList<>(lines(file, "pipeline.labels"));
        names.replaceAll(String::strip);
        while (!names.isEmpty() && names.getLast().isEmpty()) {
            names.removeLast();
        }
        int empty = names.indexOf("");
        if (names.isEmpty() || empty >= 0) {
            throw Problem.usage("pipeline.labels", names.isEmpty() ? "no class names" : "an empty class name")
                    .at(names.isEmpty() ? file.toString() : file + ":" + (empty + 1))
                    .because("each line names one class, the first that of index 0")
                    .toException();
        }
        return List.copyOf(names);
    }

    /** The classes of {@code used}: by the file {@code names} where there is one, by number where all are, else sorted. */
    static Labels of(@Nullable Path names, Collection<String> used) {
        if (names != null) {
            return new Labels(names(names), names.toString());
        }
        if (used.stream().allMatch(name -> name.matches("\\d{1,6}"))) {
            var labels = new Labels(List.of(), "");
            used.forEach(name -> labels.indices.put(name, Integer.parseInt(name)));
            return labels;
        }
        return new Labels(List.copyOf(new TreeSet<>(used)), "");
    }

    /** The index of a class. {@code where} is where its name stands. */
    OptionalInt index(String name, String where) {
        Integer index = indices.get(name);
        if (index == null && name.matches("\\d{1,6}")) {
            return OptionalInt.of(Integer.parseInt(name));
        }
        if (index == null) {
            Problem problem = Problem.usage("pipeline.labels", "unknown class '" + name + "'")
                    .at(where);
            throw dev.skerry.problem.Suggestion.nearest(name, indices.keySet())
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElse(problem)
                    .attempt("adding it to " + (origin.isEmpty() ? "the names file" : origin))
                    .toException();
        }
        return OptionalInt.of(index);
    }

    /** The lines of a UTF-8 text file of moderate size. */
    static List<String> lines(Path file, String code) {
        try {
            if (Files.size(file) > LIMIT) {
                throw Problem.usage(code, "the file is larger than 16 MiB")
                        .at(file.toString())
                        .toException();
            }
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw Problem.usage(code, "no such file").at(file.toString()).toException();
        } catch (CharacterCodingException e) {
            throw Problem.usage(code, "the file is not UTF-8 text")
                    .at(file.toString())
                    .toException();
        } catch (IOException e) {
            throw Problem.environment(code, "the file can't be read")
                    .at(file.toString())
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }
}
