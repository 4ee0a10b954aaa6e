package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.measure.Interval;
import dev.skerry.model.Model;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What zeros among the weights buy, measured: bytes where the file is packed, and time, of which it is seldom any. */
final class SparsityNote {
    private SparsityNote() {}

    /**
     * @param rows of float and of the candidates, by name
     * @param prepared the float model that zeros were put into
     */
    static Optional<Problem> of(List<Candidate> candidates, List<Variant> rows, Model prepared) {
        List<Candidate> sparse = candidates.stream()
                .filter(candidate -> candidate.recipe().sparse())
                .toList();
        if (sparse.isEmpty()) {
            return Optional.empty();
        }
        Sparsity before = Sparsity.of(
                Candidate.of("", Recipe.of(), Rewritten.stillFloat(prepared)).model());
        List<String> found = new ArrayList<>();
        for (Candidate candidate : sparse) {
            Sparsity after = Sparsity.of(candidate.model());
            String time = rows.stream()
                    .filter(row -> row.name().equals(candidate.name()))
                    .findFirst()
                    .map(SparsityNote::time)
                    .orElse("");
            found.add(String.format(
                    Locale.ROOT,
                    "%s: %.0f %% zero, %,d bytes deflated (%.0f %%)%s",
                    candidate.name(),
                    after.zeroPercent(),
                    after.deflatedBytes(),
                    100.0 * after.deflatedBytes() / before.deflatedBytes(),
                    time));
        }
        return Optional.of(
                Problem.usage("compress.sparse", "zeros among the weights save bytes only where the file is packed")
                        .because(String.format(
                                Locale.ROOT,
                                "float without them has %,d bytes, %,d deflated; %s",
                                before.fileBytes(),
                                before.deflatedBytes(),
                                String.join("; ", found)))
                        .attempt("gzip or zip where the model is carried; a bundle carries files as they are")
                        .attempt("fewer channels, which every kernel runs faster"));
    }

    private static String time(Variant row) {
        Double ratio = row.ratio();
        Interval interval = row.ratioInterval();
        return ratio == null || interval == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        ", %.2f of float's time (95 %%: %.2f to %.2f)",
                        ratio,
                        interval.low(),
                        interval.high());
    }
}
