package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Strings. */
final class TextRules {
    static final Map<String, Rule> RULES = Map.of(
            "StringNormalizer", TextRules::normalizer,
            "StringConcat", op -> op.set(0, DataType.STRING, op.broadcast(0, 1)),
            "StringSplit", TextRules::split,
            "RegexFullMatch", op -> op.set(0, DataType.BOOL, op.dims(0)),
            "TfIdfVectorizer", TextRules::tfIdf);

    private TextRules() {}

    private static void normalizer(Operation op) {
        List<Dim> x = op.dims(0);
        boolean drops = op.node().attributes().containsKey("stopwords");
        op.set(
                0,
                DataType.STRING,
                x == null || x.isEmpty() || !drops ? x : Operation.with(x, x.size() - 1, Dims.UNKNOWN));
    }

    private static void split(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> parts = null;
        if (x != null) {
            parts = new ArrayList<>(x);
            parts.add(Dims.UNKNOWN);
        }
        op.set(0, DataType.STRING, parts);
        op.set(1, DataType.INT64, x);
    }

    private static void tfIdf(Operation op) {
        List<Dim> x = op.dims(0);
        long[] indexes = op.node().intsAttribute("ngram_indexes").orElse(null);
        if (x == null || indexes == null || indexes.length == 0) {
            op.set(0, DataType.FLOAT, null);
            return;
        }
        Dim width = Dim.of(java.util.Arrays.stream(indexes).max().orElse(0) + 1);
        List<Dim> y = new ArrayList<>(x.size() > 1 ? x.subList(0, x.size() - 1) : List.of());
        y.add(width);
        op.set(0, DataType.FLOAT, y);
    }
}
