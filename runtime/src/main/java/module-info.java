/** Runtimes behind one interface: tensors are bound once, and {@code run()} takes no arguments. */
module dev.skerry.runtime {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires com.microsoft.onnxruntime;
    requires transitive tools.jackson.databind;

    exports dev.skerry.runtime;
    exports dev.skerry.runtime.spi;

    uses dev.skerry.runtime.spi.RuntimeProvider;

    provides dev.skerry.runtime.spi.RuntimeProvider with
            dev.skerry.runtime.OnnxRuntime,
            dev.skerry.runtime.TfliteRuntime,
            dev.skerry.runtime.CompiledRuntime;
}
