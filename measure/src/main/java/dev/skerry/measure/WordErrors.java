package dev.skerry.measure;

import java.util.Arrays;
import java.util.List;

/**
 * Word error rate, in percent: words to substitute, insert and delete to make what was heard what was said, over the words that
 * were said. It can exceed 100. Words are what white space parts; case and punctuation count.
 *
 * @see <a href="https://doi.org/10.1145/321796.321811">Wagner and Fischer, The string-to-string correction problem, JACM 21
 *     (1974)</a>
 */
public final class WordErrors implements Statistic {
    private long[] errors = new long[64];
    private long[] words = new long[64];
    private int samples;

    /** Of nothing yet. */
    public WordErrors() {}

    /** Takes in one sample. */
    public void add(String said, String heard) {
        if (samples == errors.length) {
            errors = Arrays.copyOf(errors, 2 * samples);
            words = Arrays.copyOf(words, 2 * samples);
        }
        List<String> truth = words(said);
        errors[samples] = distance(truth, words(heard));
        words[samples++] = truth.size();
    }

    static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }

    /** The least number of substitutions, insertions and deletions that make one list the other. */
    public static int distance(List<String> from, List<String> to) {
        int[] before = new int[to.size() + 1];
        Arrays.setAll(before, i -> i);
        for (int row = 1; row <= from.size(); row++) {
            int[] now = new int[to.size() + 1];
            now[0] = row;
            for (int i = 1; i < now.length; i++) {
                int substituted = before[i - 1] + (from.get(row - 1).equals(to.get(i - 1)) ? 0 : 1);
                now[i] = Math.min(substituted, 1 + Math.min(before[i], now[i - 1]));
            }
            before = now;
        }
        return before[to.size()];
    }

    /**
     * What a path of the likeliest symbols says under connectionist temporal classification: repeats are one, blanks nothing.
     *
     * @see <a href="https://doi.org/10.1145/1143844.1143891">Graves et al., Connectionist temporal classification, ICML
     *     (2006)</a>
     */
    public static int[] collapse(int[] path, int blank) {
        int[] kept = new int[path.length];
        int count = 0;
        for (int i = 0; i < path.length; i++) {
            if (path[i] != blank && (i == 0 || path[i] != path[i - 1])) {
                kept[count++] = path[i];
            }
        }
        return Arrays.copyOf(kept, count);
    }

    @Override
    public int samples() {
        return samples;
    }

    @Override
    public double over(int[] rows) {
        long wrong = 0;
        long all = 0;
        for (int row : rows) {
            wrong += errors[row];
            all += words[row];
        }
        return all == 0 ? Double.NaN : 100.0 * wrong / all;
    }
}
