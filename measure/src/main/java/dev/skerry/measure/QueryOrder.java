package dev.skerry.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which samples a run's queries ask for, and when they arrive: the sequence that LoadGen 6.0 issues for the same settings and
 * seeds, one query after the other. For time there is no end to it; for accuracy it ends when each sample was asked for.
 *
 * <p>Samples are drawn with replacement from those that are loaded together. Times of arrival may be a nanosecond off LoadGen's,
 * since the logarithm of another C library may differ in its last bit.
 */
public final class QueryOrder {
    private final LoadSettings settings;
    private final List<int[]> sets;
    private final MersenneTwister arrivals;
    private MersenneTwister draws;
    private int[] loaded;
    private int distinct;
    private int[] once = {};
    private int set;
    private int position;
    private long scheduledNanos;
    private long nextScheduledNanos;

    /** The first query is still to come. */
    public QueryOrder(LoadSettings settings) {
        this.settings = settings;
        this.sets = sets(settings);
        this.arrivals = new MersenneTwister(settings.seeds().schedule());
        this.loaded = sets.getFirst();
        this.draws = new MersenneTwister(settings.seeds().sampleIndex());
        begin(0);
    }

    /** The samples that are loaded at the same time, in the order in which a random one is looked up. */
    public int[] loaded() {
        return IntStream.of(sets.getFirst()).limit(distinct(sets.getFirst())).toArray();
    }

    /** How many samples the next query asks for. */
    public int size() {
        return settings.accuracy() && settings.scenario() == Scenario.OFFLINE
                ? sets.get(Math.min(set + position, sets.size() - 1)).length
                : settings.samplesPerQuery();
    }

    /**
     * The next query.
     *
     * @param samples takes its samples; {@link #size} long
     * @return false where there is none
     */
    public boolean next(int[] samples) {
        boolean stream = settings.scenario() == Scenario.MULTI_STREAM;
        if (settings.accuracy()) {
            if (position >= accuracyQueries()) {
                if (set + 1 >= sets.size()) {
                    return false;
                }
                begin(set + 1);
            }
        }
        scheduledNanos = nextScheduledNanos;
        if (settings.scenario() == Scenario.OFFLINE) {
            for (int i = 0; i < samples.length; i++) {
                samples[i] = loaded[i % loaded.length];
            }
        } else if (stream) {
            int first = drawn();
            for (int i = 0; i < samples.length; i++) {
                samples[i] = loaded[first + i];
            }
        } else {
            for (int i = 0; i < samples.length; i++) {
                samples[i] = loaded[drawn()];
            }
        }
        position++;
        if (settings.scenario() == Scenario.SERVER) {
            nextScheduledNanos += (long) (arrivals.exponential(settings.targetQps()) * 1e9);
        }
        return true;
    }

    /** When the query that came last arrives, from the start of the run; 0 but in the Server scenario. */
    public long scheduledNanos() {
        return scheduledNanos;
    }

    private int drawn() {
        return settings.accuracy() ? once[position] : (int) draws.below(distinct);
    }

    /** LoadGen shuffles for each of its ways to draw before the first query, whether or not it uses them. */
    private void begin(int index) {
        set = index;
        position = 0;
        loaded = sets.get(index);
        distinct = distinct(loaded);
        draws = new MersenneTwister(settings.seeds().sampleIndex());
        int stride = settings.scenario() == Scenario.MULTI_STREAM ? settings.samplesPerQuery() : 1;
        if (settings.accuracy()) {
            once = strides(stride);
            draws.shuffle(once);
        }
        draws.shuffle(strides(stride));
        int[] equal = IntStream.range(0, loaded.length).toArray();
        long queries = settings.accuracy() ? accuracyQueries() : settings.minQueries();
        for (long done = 0; done < queries; done += loaded.length) {
            draws.shuffle(equal);
        }
    }

    /** The padding of a stream makes its last query whole. */
    private int accuracyQueries() {
        return settings.scenario() == Scenario.OFFLINE ? 1 : loaded.length / settings.samplesPerQuery();
    }

    private int[] strides(int stride) {
        return IntStream.iterate(0, i -> i < distinct, i -> i + stride).toArray();
    }

    /** Without the padding of a stream. */
    private int distinct(int[] loaded) {
        return loaded.length - padding(settings);
    }

    private static int padding(LoadSettings settings) {
        return settings.scenario() == Scenario.MULTI_STREAM ? settings.samplesPerQuery() - 1 : 0;
    }

    private static List<int[]> sets(LoadSettings settings) {
        int[] all = IntStream.range(0, settings.totalSamples()).toArray();
        new MersenneTwister(settings.seeds().library()).shuffle(all);
        var sets = new ArrayList<int[]>();
        for (int from = 0; from < all.length; from += settings.performanceSamples()) {
            int count = Math.min(settings.performanceSamples(), all.length - from);
            int[] padded = new int[count + padding(settings)];
            for (int i = 0; i < padded.length; i++) {
                padded[i] = all[from + i % count];
            }
            sets.add(padded);
        }
        return sets;
    }
}
