package dev.skerry.runtime;

import dev.skerry.measure.AlternatingTimer;
import dev.skerry.measure.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Times combinations: all of them in short blocks, then the fastest few alone in long ones. Many sessions in one process disturb each
 * other: a pool of threads spins on for milliseconds after its turn, and each turn finds the caches full of another's weights. So a
 * last round decides, with the other sessions closed, and the beginning of each block uncounted. The first combination stays in it, since
 * all ratios refer to it.
 */
final class Rounds {
    /** Enough rounds for the interval of a ratio. */
    private static final int MIN_ROUNDS = 6;

    private static final int FINALISTS = 4;
    private static final double NEAR = 1.15;
    private static final Duration BLOCK = Duration.ofMillis(20);
    private static final Duration SETTLE = Duration.ofMillis(3);
    /** Below this much time a last round would have too few blocks to decide anything. */
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final LongSupplier nanoTime;
    private final Progress progress;

    Rounds(LongSupplier nanoTime, Progress progress) {
        this.nanoTime = nanoTime;
        this.progress = progress;
    }

    /** Rows in the order of the entrants; those that don't get into the last round are closed. */
    List<SelectionRow> time(List<Entrant> entrants, Selection.Request request) {
        if (entrants.isEmpty()) {
            return List.of();
        }
        boolean again = entrants.size() > 1 && request.budget().compareTo(SHORTEST) >= 0;
        Duration first = again ? request.budget().dividedBy(2) : request.budget();
        List<SelectionRow> rows = rows(entrants, timed(new AlternatingTimer(nanoTime), entrants, first), request);
        if (!again) {
            return rows;
        }
        Set<Integer> finalists = finalists(rows);
        for (int i = 0; i < entrants.size(); i++) {
            if (!finalists.contains(i)) {
                entrants.get(i).close();
            }
        }
        List<Integer> order = finalists.stream().sorted().toList();
        List<Entrant> few = order.stream().map(entrants::get).toList();
        var comparison = timed(
                new AlternatingTimer(nanoTime).withBlocks(BLOCK, SETTLE),
                few,
                request.budget().minus(first));
        List<SelectionRow> decided = rows(few, comparison, request);
        var all = new ArrayList<>(rows);
        for (int i = 0; i < order.size(); i++) {
            SelectionRow row = decided.get(i);
            all.set(order.get(i), row.with(row.detail().inLastRound()));
        }
        return all;
    }

    private AlternatingTimer.Comparison timed(AlternatingTimer timer, List<Entrant> entrants, Duration budget) {
        return timer.compare(entrants.stream().map(Entrant::work).toList(), budget, MIN_ROUNDS, progress);
    }

    private static List<SelectionRow> rows(
            List<Entrant> entrants, AlternatingTimer.Comparison comparison, Selection.Request request) {
        return IntStream.range(0, entrants.size())
                .mapToObj(i -> entrants.get(i)
                        .row()
                        .measured(
                                comparison.summaries().get(i),
                                comparison.ratios().get(i),
                                entrants.get(i).agreement(),
                                request.limits()))
                .toList();
    }

    /** The first, and those that may be the fastest: near it, or not surely slower. */
    private static Set<Integer> finalists(List<SelectionRow> rows) {
        List<Integer> byTime = IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.<Integer, SelectionRow.Status>comparing(
                                i -> rows.get(i).status())
                        .thenComparingDouble(i -> ratio(rows.get(i))))
                .toList();
        SelectionRow best = rows.get(byTime.getFirst());
        var finalists = new HashSet<>(Set.of(0));
        byTime.stream()
                .limit(FINALISTS)
                .filter(i -> ratio(rows.get(i)) <= NEAR * ratio(best) || low(rows.get(i)) <= high(best))
                .forEach(finalists::add);
        return finalists;
    }

    private static double ratio(SelectionRow row) {
        return row.ratio() == null ? Double.MAX_VALUE : row.ratio().ratio();
    }

    private static double low(SelectionRow row) {
        return row.ratio() == null ? Double.MAX_VALUE : row.ratio().interval95().low();
    }

    private static double high(SelectionRow row) {
        return row.ratio() == null ? 0 : row.ratio().interval95().high();
    }
}
