package dev.skerry.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What compilers for accelerators take, by what their makers publish: a resource with a line for each operator of each compiler, and
 * where it is written. Nothing in it was run.
 */
public final class AcceleratorTable {
    private static final String TABLE = "accelerators.tsv";

    private final Map<String, Source> sources = new LinkedHashMap<>();
    private final Map<String, Compiler> compilers = new LinkedHashMap<>();
    private final Map<String, Map<String, Rule>> rules = new LinkedHashMap<>();

    /** Where something is written; all empty but the document where nothing public was found. */
    public record Source(String document, String version, String place) {}

    /**
     * A compiler.
     *
     * @param numbers that it computes in
     * @param symmetric whether zero points must be 0
     * @param fixedShapes whether all sizes must be known
     * @param channelsLast whether its files have images with channels last, so that transpositions between the layouts are not in them
     * @param complete whether an operator that isn't listed surely falls back; else nobody knows
     */
    public record Compiler(
            String id,
            String name,
            String hardware,
            Set<String> numbers,
            boolean symmetric,
            boolean fixedShapes,
            boolean channelsLast,
            boolean complete,
            Source source) {
        /** Whether it computes in integers alone, so that a float model has to be quantized first. */
        public boolean integersOnly() {
            return numbers.stream().noneMatch(number -> number.startsWith("float"));
        }
    }

    /**
     * What it says of an operator.
     *
     * @param types element types; empty where the source gives none
     * @param limits that are checked
     * @param unchecked limits in words, which aren't
     */
    public record Rule(String operator, Set<String> types, List<String> limits, String unchecked, Source source) {}

    private AcceleratorTable() {}

    public static AcceleratorTable load() {
        try (InputStream table = AcceleratorTable.class.getResourceAsStream(TABLE)) {
            if (table == null) {
                throw new IllegalStateException(TABLE + " is missing beside " + AcceleratorTable.class);
            }
            return parse(new String(table.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static AcceleratorTable parse(String text) {
        var table = new AcceleratorTable();
        text.lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank())
                .forEach(line -> table.add(line.split("\t", -1)));
        return table;
    }

    private void add(String[] cells) {
        switch (cells[0]) {
            case "source" -> sources.put(cells[1], new Source(cells[2], cells[3], cells[4]));
            case "compiler" -> {
                compilers.put(
                        cells[1],
                        new Compiler(
                                cells[1],
                                cells[2],
                                cells[3],
                                words(cells[4]),
                                cells[5].equals("zero"),
                                cells[6].equals("static"),
                                cells[7].equals("last"),
                                cells[8].equals("refused"),
                                source(cells[9])));
                rules.put(cells[1], new LinkedHashMap<>());
            }
            case "operator" -> {
                Map<String, Rule> known = rules.get(cells[1]);
                if (known == null) {
                    throw new IllegalStateException("an operator of no compiler: " + cells[1]);
                }
                known.put(
                        cells[2],
                        new Rule(
                                cells[2],
                                cells[3].equals("-") ? Set.of() : words(cells[3]),
                                List.copyOf(words(cells[4])),
                                cells[5],
                                source(cells[6])));
            }
            default -> throw new IllegalStateException("a line of another kind: " + cells[0]);
        }
    }

    private Source source(String key) {
        Source source = sources.get(key);
        if (source == null) {
            throw new IllegalStateException("no source " + key);
        }
        return source;
    }

    private static Set<String> words(String cell) {
        return cell.isEmpty() ? Set.of() : new TreeSet<>(List.of(cell.split(" ", -1)));
    }

    /** In the order of the table. */
    public List<Compiler> compilers() {
        return List.copyOf(compilers.values());
    }

    /** What is known of a compiler's operators, by name; {@code Conv/depthwise} where that is another case. */
    public Map<String, Rule> rules(Compiler compiler) {
        return Map.copyOf(rules.getOrDefault(compiler.id(), Map.of()));
    }
}
