/** Where samples come from, how they become tensors, and what is done with the answer; arithmetic is lowered to ONNX. */
module dev.skerry.pipeline {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive tools.jackson.databind;
    requires ai.djl.tokenizers;
    requires java.desktop;

    exports dev.skerry.pipeline;
}
