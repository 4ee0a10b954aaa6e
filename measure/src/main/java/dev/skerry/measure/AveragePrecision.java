package dev.skerry.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Mean average precision of detections, in percent, as COCO has it: the area under precision over recall, precision made to
 * fall only and read at 101 recalls, the mean over classes that occur and over overlaps (IoU) of 0.50, 0.55, …, 0.95 that a
 * detection must have to be right. In each image and class the 100 surest detections count; the surer one chooses first, the
 * box of greatest overlap among those that are left. Small and large boxes count alike.
 *
 * @see <a href="https://arxiv.org/abs/1405.0312">Lin et al., Microsoft COCO: common objects in context (2014)</a>
 * @see <a href="https://doi.org/10.1007/s11263-009-0275-4">Everingham et al., The PASCAL visual object classes challenge, IJCV
 *     88 (2010)</a>
 */
public final class AveragePrecision implements ClassStatistic {
    /** Detections of one class in one image that count. */
    public static final int MOST = 100;

    private static final double[] OVERLAPS = {0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95};
    private static final int RECALLS = 101;

    private final SortedMap<Integer, OfClass> classes = new TreeMap<>();
    private int images;

    /** Of nothing yet. */
    public AveragePrecision() {}

    /** One detection: at which overlaps it is right, and at which it doesn't count, as bits. */
    private record Matched(double score, int image, int right, int ignored) {}

    /** All detections of a class, and how many boxes each image has of it. */
    private static final class OfClass {
        private final List<Matched> found = new ArrayList<>();
        private final SortedMap<Integer, Integer> boxes = new TreeMap<>();
        private boolean sorted;

        private List<Matched> surestFirst() {
            if (!sorted) {
                // stable: of equal scores the earlier image comes first
                found.sort(Comparator.comparingDouble(Matched::score).reversed());
                sorted = true;
            }
            return found;
        }

        private double average(int[] times, int overlap) {
            long boxesThere = 0;
            for (var entry : boxes.entrySet()) {
                boxesThere += (long) times[entry.getKey()] * entry.getValue();
            }
            if (boxesThere == 0) {
                return Double.NaN;
            }
            List<Matched> all = surestFirst();
            double[] precisions = new double[all.size()];
            long[] hits = new long[all.size()];
            long right = 0;
            long wrong = 0;
            for (int i = 0; i < precisions.length; i++) {
                Matched one = all.get(i);
                if ((one.ignored >> overlap & 1) == 0) {
                    boolean isRight = (one.right >> overlap & 1) == 1;
                    right += isRight ? times[one.image] : 0;
                    wrong += isRight ? 0 : times[one.image];
                }
                hits[i] = right;
                precisions[i] = right == 0 ? 0 : (double) right / (right + wrong);
            }
            for (int i = precisions.length - 2; i >= 0; i--) {
                precisions[i] = Math.max(precisions[i], precisions[i + 1]);
            }
            double sum = 0;
            int at = 0;
            for (int recall = 0; recall < RECALLS; recall++) {
                // in whole numbers, so that a recall that is reached exactly counts
                while (at < hits.length && hits[at] * (RECALLS - 1) < recall * boxesThere) {
                    at++;
                }
                sum += at < hits.length ? precisions[at] : 0;
            }
            return 100 * sum / RECALLS;
        }
    }

    /** Takes in one image: what was found, and what is there. */
    public void add(List<Detection> found, List<TrueBox> truth) {
        var labels = new java.util.TreeSet<Integer>();
        found.forEach(one -> labels.add(one.label()));
        truth.forEach(one -> labels.add(one.label()));
        for (int label : labels) {
            List<Detection> surest = found.stream()
                    .filter(one -> one.label() == label)
                    .sorted(Comparator.comparingDouble(Detection::score).reversed())
                    .limit(MOST)
                    .toList();
            // what counts first, so that a crowd takes what nothing else does
            List<TrueBox> there = truth.stream()
                    .filter(one -> one.label() == label)
                    .sorted(Comparator.comparing(TrueBox::crowd))
                    .toList();
            match(classes.computeIfAbsent(label, _ -> new OfClass()), surest, there);
        }
        images++;
    }

    private void match(OfClass into, List<Detection> surest, List<TrueBox> there) {
        int counting = (int) there.stream().filter(one -> !one.crowd()).count();
        if (counting > 0) {
            into.boxes.put(images, counting);
        }
        double[][] overlaps = new double[surest.size()][there.size()];
        for (int i = 0; i < overlaps.length; i++) {
            Box box = surest.get(i).box();
            for (int k = 0; k < there.size(); k++) {
                TrueBox other = there.get(k);
                double area = box.area();
                overlaps[i][k] = !other.crowd() ? box.iou(other.box()) : area == 0 ? 0 : box.common(other.box()) / area;
            }
        }
        int[] right = new int[surest.size()];
        int[] ignored = new int[surest.size()];
        for (int overlap = 0; overlap < OVERLAPS.length; overlap++) {
            boolean[] taken = new boolean[counting];
            for (int i = 0; i < right.length; i++) {
                int best = best(overlaps[i], taken, OVERLAPS[overlap]);
                if (best >= counting) {
                    ignored[i] |= 1 << overlap;
                } else if (best >= 0) {
                    taken[best] = true;
                    right[i] |= 1 << overlap;
                }
            }
        }
        for (int i = 0; i < right.length; i++) {
            into.found.add(new Matched(surest.get(i).score(), images, right[i], ignored[i]));
        }
        into.sorted = false;
    }

    /** The box of greatest overlap that isn't taken, else the crowd of greatest overlap, else −1. */
    private static int best(double[] overlaps, boolean[] taken, double least) {
        int best = -1;
        double most = least;
        for (int k = 0; k < overlaps.length; k++) {
            if (k >= taken.length && best >= 0 && best < taken.length) {
                break;
            }
            if ((k >= taken.length || !taken[k]) && overlaps[k] >= most) {
                best = k;
                most = overlaps[k];
            }
        }
        return best;
    }

    @Override
    public int samples() {
        return images;
    }

    @Override
    public double over(int[] rows) {
        int[] times = times(rows);
        return classes.values().stream()
                .mapToDouble(one -> overAll(one, times))
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    /** The mean over classes at an overlap of one half alone; NaN where there are no boxes. */
    public double atHalf() {
        int[] times = new int[images];
        Arrays.fill(times, 1);
        return classes.values().stream()
                .mapToDouble(one -> one.average(times, 0))
                .filter(value -> !Double.isNaN(value))
                .average()
                .orElse(Double.NaN);
    }

    private static double overAll(OfClass one, int[] times) {
        double sum = 0;
        for (int overlap = 0; overlap < OVERLAPS.length; overlap++) {
            sum += one.average(times, overlap);
        }
        return sum / OVERLAPS.length;
    }

    private int[] times(int[] rows) {
        int[] times = new int[images];
        for (int row : rows) {
            times[row]++;
        }
        return times;
    }

    @Override
    public SortedMap<Integer, Long> classes() {
        var counts = new TreeMap<Integer, Long>();
        classes.forEach((label, one) -> {
            long boxes =
                    one.boxes.values().stream().mapToLong(Integer::longValue).sum();
            if (boxes > 0) {
                counts.put(label, boxes);
            }
        });
        return counts;
    }

    @Override
    public Statistic ofClass(int label) {
        OfClass one = classes.getOrDefault(label, new OfClass());
        return new Statistic() {
            @Override
            public int samples() {
                return images;
            }

            @Override
            public double over(int[] rows) {
                return overAll(one, times(rows));
            }
        };
    }
}
