package dev.skerry.pipeline;

/** A source behind a network. The process that runs the model has none, so another one opens it and hands on a {@link LiveSpec.Ring}. */
public sealed interface NetworkSpec extends LiveSpec permits NetworkSpec.Telemetry, RtspSpec {
    /** Values that come in rows; a sample is the last {@code window} rows, float32 [window, columns]. */
    sealed interface Telemetry extends NetworkSpec permits MqttSpec, ModbusSpec, OpcuaSpec {
        /** Values of a row. */
        int columns();

        /** Rows of one sample. */
        int window();

        /** Rows from one sample to the next. */
        int hop();
    }
}
