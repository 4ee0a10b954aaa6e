/** A smaller model that is as good: calibration, INT8, and a gate that guards accuracy and latency. */
module dev.skerry.compress {
    requires static transitive org.jspecify;
    requires ejml.core;
    requires ejml.ddense;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires transitive dev.skerry.runtime;
    requires transitive dev.skerry.pipeline;

    exports dev.skerry.compress;
}
