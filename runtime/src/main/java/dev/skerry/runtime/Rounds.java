package dev.skerry.runtime;

import dev.skerry.measure.AlternatingTimer;
import dev.skerry.measure.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
    private static final long FAR = 8;
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

    /**
     * Rows in the order of the entrants. Those that are far from the best are timed apart, beside the first one, so that they don't use
     * up the time of the others.
     */
    private List<SelectionRow> firstRound(List<Entrant> entrants, Duration budget, Selection.Request request) {
        long[] once =
                entrants.stream().mapToLong(entrant -> once(entrant.work())).toArray();
        long best = Arrays.stream(once).min().orElse(1);
        List<Integer> near = IntStream.range(0, once.length)
                .filter(i -> i == 0 || once[i] <= FAR * best)
                .boxed()
                .toList();
        List<Integer> far = IntStream.range(0, once.length)
                .filter(i -> !near.contains(i))
                .boxed()
                .toList();
        Duration apart = far.isEmpty() ? Duration.ZERO : budget.dividedBy(5);
        var rows = new ArrayList<SelectionRow>(
                Collections.nCopies(once.length, entrants.getFirst().row()));
        place(rows, near, entrants, budget.minus(apart), request);
        for (int each : far) {
            List<Integer> pair = List.of(0, each);
            List<Entrant> two = pair.stream().map(entrants::get).toList();
            Duration share = apart.dividedBy(far.size());
            rows.set(
                    each,
                    rows(two, timed(new AlternatingTimer(nanoTime), two, share), request)
                            .getLast());
        }
        return rows;
    }

    private void place(
            List<SelectionRow> rows,
            List<Integer> which,
            List<Entrant> entrants,
            Duration budget,
            Selection.Request request) {
        List<Entrant> some = which.stream().map(entrants::get).toList();
        List<SelectionRow> timed = rows(some, timed(new AlternatingTimer(nanoTime), some, budget), request);
        for (int i = 0; i < timed.size(); i++) {
            rows.set(which.get(i), timed.get(i));
        }
    }

    /** The faster of two calls. */
    private long once(Runnable work) {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < 2; i++) {
            long before = nanoTime.getAsLong();
            work.run();
            fastest = Math.min(fastest, nanoTime.getAsLong() - before);
        }
        return Math.max(1, fastest);
    }

    /** Rows in the order of the entrants; those that don't get into the last round are closed. */
    List<SelectionRow> time(List<Entrant> entrants, Selection.Request request) {
        if (entrants.isEmpty()) {
            return List.of();
        }
        boolean again = entrants.size() > 1 && request.budget().compareTo(SHORTEST) >= 0;
        Duration first = again ? request.budget().dividedBy(2) : request.budget();
        List<SelectionRow> rows = firstRound(entrants, first, request);
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
