package dev.skerry.pipeline;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A source behind a network. The process that runs the model has none, so another one opens it and hands on a {@link LiveSpec.Ring}. */
public sealed interface NetworkSpec extends LiveSpec permits NetworkSpec.Telemetry, RtspSpec {
    /** Values that come in rows; a sample is the last {@code window} rows, float32 [window, columns]. */
    sealed interface Telemetry extends NetworkSpec permits MqttSpec, ModbusSpec, OpcuaSpec {
        /** What people call the values of a row, in their order. */
        List<String> channels();

        /** Values of a row. */
        default int columns() {
            return channels().size();
        }

        /** What of its values can't be right. */
        Watch watch();

        /** Rows of one sample. */
        int window();

        /** Rows from one sample to the next. */
        int hop();

        @Override
        default JsonNode recordedAs(String word) {
            ObjectNode same = JsonNodeFactory.instance.objectNode();
            // what its columns are called in a recording, nobody knows here
            return word.equals("csv") ? same.put("window", window()).put("hop", hop()) : same;
        }
    }
}
