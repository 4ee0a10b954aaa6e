package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values from an MQTT 5 broker. With one topic filter each message is a row; with several, each has one column, and the latest
 * values are a row every so often.
 *
 * @param topics filters, in the order of columns where there are several
 * @param format of a payload
 * @param fields JSON pointers of the values in it, or positions of cells of CSV, from 0; empty for all values in it
 * @param columns values of a row
 * @param sequence JSON pointer of a number that grows by 1 with each message, by which repeated and lost ones are told; null for none
 * @param retained whether a message that the broker has kept counts, whose age nobody knows
 * @param sessionSeconds how long the broker keeps what it could not deliver; 0 begins anew with each connection
 * @param everySeconds from one row to the next where there are several topics; 0 where there is one
 */
public record MqttSpec(
        Broker broker,
        List<String> topics,
        Format format,
        List<String> fields,
        int columns,
        @Nullable String sequence,
        int qos,
        boolean retained,
        int sessionSeconds,
        double everySeconds,
        int window,
        int hop,
        Freshness freshness)
        implements NetworkSpec.Telemetry {
    /** What a payload is. */
    public enum Format {
        JSON,
        /** Numbers, separated by commas. */
        CSV,
        /** One number as text. */
        NUMBER,
        /** float32, little end first. */
        RAW
    }

    public MqttSpec {
        topics = List.copyOf(topics);
        fields = List.copyOf(fields);
    }

    @Override
    public String word() {
        return "mqtt";
    }

    @Override
    public String path() {
        return broker.url();
    }
}
