package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes declarations of what lies behind a network in the canonical form. */
final class NetworkWriter {
    private NetworkWriter() {}

    static void source(ObjectNode json, NetworkSpec spec) {
        switch (spec) {
            case MqttSpec mqtt -> mqtt(json, mqtt);
            case ModbusSpec modbus -> modbus(json, modbus);
            case OpcuaSpec opcua -> opcua(json, opcua);
            case RtspSpec rtsp -> rtsp(json, rtsp);
        }
    }

    private static void mqtt(ObjectNode json, MqttSpec spec) {
        broker(json, spec.broker());
        SpecWriter.texts(json, "topics", spec.topics());
        json.put("format", Step.spelled(spec.format()));
        if (spec.format() == MqttSpec.Format.CSV && !spec.fields().isEmpty()) {
            ArrayNode cells = json.putArray("fields");
            spec.fields().forEach(cell -> cells.add(Integer.parseInt(cell)));
        } else {
            SpecWriter.texts(json, "fields", spec.fields());
        }
        json.put("columns", spec.columns());
        SpecWriter.text(json, "sequence", spec.sequence());
        json.put("qos", spec.qos()).put("retained", spec.retained()).put("session", spec.sessionSeconds());
        if (spec.everySeconds() > 0) {
            json.put("every", spec.everySeconds());
        }
        rows(json, spec);
    }

    private static void rtsp(ObjectNode json, RtspSpec spec) {
        json.put("transport", Step.spelled(spec.transport())).put("timeout", spec.timeoutSeconds());
        SpecWriter.text(json, "user", spec.user());
        secret(json, "password", spec.password());
        json.put("channels", spec.channels()).put("width", spec.width()).put("height", spec.height());
        MediaWriter.stuck(json, spec.stuck());
        SpecWriter.text(json, "decoder", spec.decoder());
        SpecWriter.text(json, "hardware", spec.hardware());
        SpecWriter.freshness(json, spec.freshness());
    }

    private static void modbus(ObjectNode json, ModbusSpec spec) {
        json.put("unit", spec.unit());
        ArrayNode registers = json.putArray("registers");
        for (ModbusSpec.Register register : spec.registers()) {
            registers
                    .addObject()
                    .put("at", register.at())
                    .put("kind", Step.spelled(register.table()))
                    .put("type", Step.spelled(register.type()))
                    .put("order", Step.spelled(register.order()))
                    .put("scale", register.scale())
                    .put("offset", register.offset());
        }
        json.put("every", spec.everySeconds()).put("timeout", spec.timeoutSeconds());
        rows(json, spec);
    }

    private static void opcua(ObjectNode json, OpcuaSpec spec) {
        SpecWriter.texts(json, "nodes", spec.nodes());
        json.put("sampling", spec.samplingSeconds())
                .put("align", Step.spelled(spec.align()))
                .put("uncertain", spec.uncertain())
                .put("policy", Step.spelled(spec.policy()))
                .put("mode", Step.spelled(spec.mode()));
        tls(json, spec.files());
        SpecWriter.text(json, "user", spec.user());
        secret(json, "password", spec.password());
        rows(json, spec);
    }

    static void action(ObjectNode json, ActionSpec.Network action) {
        switch (action) {
            case ActionSpec.Mqtt mqtt -> {
                json.put("broker", mqtt.broker().url()).put("topic", mqtt.topic());
                json.put("qos", mqtt.qos()).put("retain", mqtt.retain());
                broker(json, mqtt.broker());
            }
            case ActionSpec.Http http -> {
                json.put("url", http.url());
                tls(json, http.files());
                secret(json, "token", http.token());
                json.put("timeout", http.timeoutSeconds()).put("batch", http.batch());
            }
        }
    }

    private static void rows(ObjectNode json, NetworkSpec.Telemetry spec) {
        json.put("window", spec.window()).put("hop", spec.hop());
        SpecWriter.freshness(json, spec.freshness());
        SpecWriter.watch(json, spec.watch());
    }

    static void broker(ObjectNode json, Broker broker) {
        SpecWriter.text(json, "clientId", broker.clientId());
        SpecWriter.text(json, "user", broker.user());
        secret(json, "password", broker.password());
        tls(json, broker.files());
    }

    static void secret(ObjectNode json, String name, @Nullable Secret secret) {
        switch (secret) {
            case null -> {}
            case Secret.InFile(String path) -> json.put(name + "File", path);
            case Secret.InEnvironment(String variable) -> json.put(name + "Env", variable);
        }
    }

    static void tls(ObjectNode json, TlsFiles files) {
        if (files.equals(TlsFiles.NONE)) {
            return;
        }
        ObjectNode tls = json.putObject("tls");
        SpecWriter.text(tls, "ca", files.ca());
        SpecWriter.text(tls, "certificate", files.certificate());
        SpecWriter.text(tls, "key", files.key());
    }
}
