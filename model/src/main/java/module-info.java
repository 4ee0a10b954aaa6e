/** The ONNX graph: read, write, shapes, cost. ONNX is the one language of Skerry, so everything above speaks these types. */
module dev.skerry.model {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires com.google.protobuf;
    requires flatbuffers.java;

    exports dev.skerry.model;
}
