/** Speed as ratios, measured side by side. */
module dev.skerry.bench {
    requires static transitive org.jspecify;
    requires dev.skerry.project;
    requires dev.skerry.runner;
    requires dev.skerry.firmware;
    requires dev.skerry.measure;
    requires com.microsoft.onnxruntime;
    requires jmh.core;
    requires tools.jackson.databind;
}
