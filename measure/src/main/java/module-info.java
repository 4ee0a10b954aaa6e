/** Accuracy metrics, intervals, paired tests, and latency statistics: numbers that say how sure they are. */
module dev.skerry.measure {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires HdrHistogram;

    exports dev.skerry.measure;
}
