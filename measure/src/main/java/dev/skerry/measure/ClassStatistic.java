package dev.skerry.measure;

import java.util.SortedMap;

/** A figure that is a mean over classes, and can be had for each of them. */
public interface ClassStatistic extends Statistic {
    /** The classes of the truth, with how many samples, boxes or pixels are of each. */
    SortedMap<Integer, Long> classes();

    /** The figure of one class alone. */
    Statistic ofClass(int label);
}
