package dev.skerry.pipeline;

import dev.skerry.pipeline.ModbusSpec.Order;
import dev.skerry.pipeline.ModbusSpec.Register;
import dev.skerry.pipeline.ModbusSpec.Table;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads declarations of what lies behind a network: sources and actions. No password stands in them, only where it is. */
final class NetworkReader {
    static final List<String> SOURCES = List.of("mqtt", "modbus", "opcua", "rtsp");
    static final List<String> ACTIONS = List.of("mqtt", "http");

    private static final int MOST_COLUMNS = 1024;
    private static final int MQTT_PORT = 1883;
    private static final int MQTTS_PORT = 8883;
    private static final int MODBUS_PORT = 502;
    private static final int OPCUA_PORT = 4840;
    private static final int RTSP_PORT = 554;
    private static final int LAST_REGISTER = 65535;

    private NetworkReader() {}

    static NetworkSpec source(String word, String address, Fields options) {
        return switch (word) {
            case "mqtt" -> mqtt(address, options);
            case "modbus" -> modbus(address, options);
            case "opcua" -> opcua(address, options);
            case "rtsp" -> rtsp(address, options);
            default -> throw new IllegalStateException(word);
        };
    }

    private static MqttSpec mqtt(String address, Fields options) {
        List<String> topics = options.texts("topics");
        if (topics.isEmpty()) {
            throw Fields.problem(options.path(), "'topics' is missing")
                    .attempt("topics: plant/press/1, or a list of topics with one value each")
                    .toException();
        }
        MqttSpec.Format format = options.choice("format", MqttSpec.Format.JSON);
        List<String> fields = fields(options, format);
        boolean several = topics.size() > 1;
        if (several && fields.size() > 1) {
            throw Fields.problem(options.at("fields"), "several topics have one value each, found " + fields.size())
                    .attempt("one field, or one topic with several")
                    .toException();
        }
        int given = options.whole("columns", 0, 1);
        int columns = several ? topics.size() : given > 0 ? given : Math.max(1, fields.size());
        if (given > 0 && given != columns || !several && !fields.isEmpty() && columns != fields.size()) {
            throw Fields.problem(
                            options.at("columns"),
                            "found " + given + ", and "
                                    + (several ? topics.size() + " topics" : fields.size() + " fields"))
                    .attempt("leaving it out")
                    .toException();
        }
        limited(options, "columns", columns, 1, MOST_COLUMNS);
        if (several && options.node("every") == null) {
            throw Fields.problem(options.path(), "several topics need 'every', the seconds from one row to the next")
                    .attempt("every: 0.1")
                    .toException();
        }
        String sequence = options.textOrNull("sequence");
        if (sequence != null && (several || format != MqttSpec.Format.JSON)) {
            throw Fields.problem(options.at("sequence"), "only messages of JSON from one topic have a number")
                    .toException();
        }
        if (sequence != null) {
            pointer(sequence, options.at("sequence"));
        }
        int window = options.whole("window", 1, 1);
        return new MqttSpec(
                broker(address, options, options.at("mqtt")),
                topics,
                format,
                fields,
                columns,
                sequence,
                limited(options, "qos", options.whole("qos", 0, 0), 0, 2),
                options.bool("retained", false),
                options.whole("session", 0, 0),
                several ? seconds(options, "every", 0) : 0,
                window,
                options.whole("hop", window, 1),
                LiveSpecReader.freshness(options, LiveSpec.Take.IN_ORDER),
                LiveSpecReader.watch(options, 0));
    }

    private static List<String> fields(Fields options, MqttSpec.Format format) {
        if (format == MqttSpec.Format.CSV && options.node("fields") != null) {
            return options.wholes("fields", 0).stream().map(String::valueOf).toList();
        }
        List<String> fields = options.texts("fields");
        if (!fields.isEmpty() && format != MqttSpec.Format.JSON) {
            throw Fields.problem(options.at("fields"), "a payload of " + Step.spelled(format) + " has no fields")
                    .attempt("columns, the number of its values")
                    .toException();
        }
        fields.forEach(field -> pointer(field, options.at("fields")));
        return fields;
    }

    private static void pointer(String text, String path) {
        if (!text.startsWith("/")) {
            throw Fields.problem(path, "'" + text + "' is no JSON pointer")
                    .attempt("'/" + text.replace('.', '/') + "'")
                    .toException();
        }
    }

    static ActionSpec.Network action(String word, Fields fields) {
        if (word.equals("mqtt")) {
            return new ActionSpec.Mqtt(
                    broker(fields.text("broker"), fields, fields.at("broker")),
                    topic(fields.text("topic"), fields.at("topic")),
                    limited(fields, "qos", fields.whole("qos", 1, 0), 0, 2),
                    fields.bool("retain", false));
        }
        URI uri = uri(fields.text("url"), fields.at("url"));
        boolean encrypted = "https".equals(uri.getScheme());
        if (!encrypted && !"http".equals(uri.getScheme()) || uri.getHost() == null) {
            throw Fields.problem(fields.at("url"), "expected http://HOST/PATH or https://HOST/PATH")
                    .toException();
        }
        Secret token = secret(fields, "token");
        if (token != null && !encrypted) {
            throw Fields.problem(fields.at("url"), "a token, and an address without TLS")
                    .because("everybody on the way could read it")
                    .attempt("https://")
                    .toException();
        }
        return new ActionSpec.Http(
                uri.toString(),
                tlsFiles(fields, encrypted),
                token,
                seconds(fields, "timeout", 5),
                limited(fields, "batch", fields.whole("batch", 1, 1), 1, 1000));
    }

    private static String topic(String topic, String path) {
        if (topic.contains("+") || topic.contains("#")) {
            throw Fields.problem(path, "one sends to a topic, not to a filter: found '" + topic + "'")
                    .toException();
        }
        return topic;
    }

    /** The broker's options, of a source or an action. */
    static Broker broker(String address, Fields options, String path) {
        URI uri = uri(address.contains("://") ? address : "mqtt://" + address, path);
        String scheme = String.valueOf(uri.getScheme());
        if (!scheme.equals("mqtt") && !scheme.equals("mqtts")) {
            throw Fields.problem(path, "'" + scheme + "' is no way to a broker")
                    .attempt("mqtt://HOST, or mqtts://HOST with TLS")
                    .toException();
        }
        boolean tls = scheme.equals("mqtts");
        return new Broker(
                host(uri),
                port(uri, tls ? MQTTS_PORT : MQTT_PORT),
                tls,
                tlsFiles(options, tls),
                options.textOrNull("clientId"),
                options.textOrNull("user"),
                secret(options, "password"));
    }

    private static ModbusSpec modbus(String address, Fields options) {
        URI uri = uri(address.contains("://") ? address : "modbus://" + address, options.at("modbus"));
        List<Register> registers = options.each("registers", NetworkReader::register);
        if (registers.isEmpty()) {
            throw Fields.problem(options.path(), "'registers' is missing")
                    .attempt("registers: [{at: 0, type: float32}]")
                    .toException();
        }
        limited(options, "registers", registers.size(), 1, MOST_COLUMNS);
        options.required("every");
        int window = options.whole("window", 1, 1);
        return new ModbusSpec(
                host(uri),
                port(uri, MODBUS_PORT),
                limited(options, "unit", options.whole("unit", 1, 0), 0, 255),
                registers,
                seconds(options, "every", 0),
                seconds(options, "timeout", 1),
                window,
                options.whole("hop", window, 1),
                LiveSpecReader.freshness(options, LiveSpec.Take.IN_ORDER),
                LiveSpecReader.watch(options, 0));
    }

    private static Register register(JsonNode json, String path) {
        Fields fields = Fields.of(json, path, "at");
        int at = fields.whole("at", 0);
        Table table = fields.choice("kind", Table.HOLDING);
        boolean bits = table == Table.COIL || table == Table.DISCRETE;
        ModbusSpec.Type type = fields.choice("type", bits ? ModbusSpec.Type.BIT : ModbusSpec.Type.UINT16);
        if (bits != (type == ModbusSpec.Type.BIT)) {
            throw Fields.problem(
                            fields.at("type"),
                            bits
                                    ? "a coil or discrete input is one bit, found " + Step.spelled(type)
                                    : "a register isn't one bit")
                    .attempt(bits ? "leaving it out" : "kind: coil, or kind: discrete")
                    .toException();
        }
        if (at + type.registers() - 1 > LAST_REGISTER) {
            throw Fields.problem(fields.at("at"), "expected up to " + LAST_REGISTER + ", found " + at)
                    .because("addresses are those of the protocol, from 0: what makers number 40001 is 0")
                    .toException();
        }
        var register = new Register(
                at,
                table,
                type,
                fields.choice("order", Order.ABCD),
                fields.number("scale", 1),
                fields.number("offset", 0));
        fields.done();
        return register;
    }

    private static OpcuaSpec opcua(String address, Fields options) {
        URI uri = uri(address, options.at("opcua"));
        if (!"opc.tcp".equals(uri.getScheme())) {
            throw Fields.problem(options.at("opcua"), "expected opc.tcp://HOST:PORT/PATH")
                    .toException();
        }
        host(uri);
        port(uri, OPCUA_PORT);
        List<String> nodes = options.texts("nodes");
        if (nodes.isEmpty()) {
            throw Fields.problem(options.path(), "'nodes' is missing")
                    .attempt("nodes: ['ns=2;s=Press.Temperature']")
                    .toException();
        }
        limited(options, "nodes", nodes.size(), 1, MOST_COLUMNS);
        OpcuaSpec.Policy policy = options.choice("policy", OpcuaSpec.Policy.NONE);
        OpcuaSpec.Mode mode = options.choice(
                "mode", policy == OpcuaSpec.Policy.NONE ? OpcuaSpec.Mode.NONE : OpcuaSpec.Mode.SIGN_AND_ENCRYPT);
        if (policy == OpcuaSpec.Policy.NONE != (mode == OpcuaSpec.Mode.NONE)) {
            throw Fields.problem(options.at("mode"), "a policy and a mode go together")
                    .attempt("policy: basic256sha256 with mode: sign-and-encrypt")
                    .toException();
        }
        TlsFiles files = tlsFiles(options, true);
        if (policy != OpcuaSpec.Policy.NONE && (files.certificate() == null || files.ca() == null)) {
            throw Fields.problem(options.path(), "a secure channel needs certificates of both sides")
                    .attempt("tls: {ca: SERVER.pem, certificate: CLIENT.pem, key: CLIENT.key}")
                    .toException();
        }
        int window = options.whole("window", 1, 1);
        return new OpcuaSpec(
                address,
                nodes,
                seconds(options, "sampling", 0.1),
                options.choice("align", OpcuaSpec.Align.LATEST),
                options.bool("uncertain", false),
                policy,
                mode,
                files,
                options.textOrNull("user"),
                secret(options, "password"),
                window,
                options.whole("hop", window, 1),
                LiveSpecReader.freshness(options, LiveSpec.Take.IN_ORDER),
                LiveSpecReader.watch(options, 0));
    }

    private static RtspSpec rtsp(String address, Fields options) {
        URI uri = uri(address, options.at("rtsp"));
        if (!"rtsp".equals(uri.getScheme())) {
            throw Fields.problem(options.at("rtsp"), "expected rtsp://HOST:PORT/PATH, found '" + address + "'")
                    .toException();
        }
        host(uri);
        port(uri, RTSP_PORT);
        int[] size = MediaReader.size(options, true);
        String user = options.textOrNull("user");
        Secret password = secret(options, "password");
        if (user == null && password != null) {
            throw Fields.problem(options.path(), "a password without a user")
                    .attempt("user")
                    .toException();
        }
        return new RtspSpec(
                uri.toString(),
                options.choice("transport", RtspSpec.Transport.TCP),
                seconds(options, "timeout", 5),
                user,
                password,
                MediaReader.channels(options),
                size[0],
                size[1],
                options.whole("stuck", 0, 2),
                MediaReader.word(options, "decoder"),
                MediaReader.word(options, "hardware"),
                LiveSpecReader.freshness(options, LiveSpec.Take.LATEST));
    }

    static @Nullable Secret secret(Fields options, String name) {
        if (options.node(name) != null) {
            // the value isn't shown again: it is in a file of theirs already, and that is one too many
            throw Fields.problem(options.at(name), "a " + name + " doesn't belong into this file")
                    .because("it is packed into bundles and shown in logs")
                    .attempt(name + "File: a file with it in the first line")
                    .attempt(name + "Env: a variable of the environment")
                    .toException();
        }
        String file = options.textOrNull(name + "File");
        String variable = options.textOrNull(name + "Env");
        if (file != null && variable != null) {
            throw Fields.problem(options.at(name + "Env"), "found both " + name + "File and " + name + "Env")
                    .attempt("one of them")
                    .toException();
        }
        return file != null ? new Secret.InFile(file) : variable != null ? new Secret.InEnvironment(variable) : null;
    }

    static TlsFiles tlsFiles(Fields options, boolean encrypted) {
        JsonNode json = options.node("tls");
        if (json == null) {
            return TlsFiles.NONE;
        }
        Fields fields = Fields.of(json, options.at("tls"));
        var files = new TlsFiles(fields.textOrNull("ca"), fields.textOrNull("certificate"), fields.textOrNull("key"));
        fields.done();
        if (files.certificate() == null != (files.key() == null)) {
            throw Fields.problem(fields.path(), "a certificate and its key go together")
                    .toException();
        }
        if (!encrypted) {
            throw Fields.problem(fields.path(), "certificates, and an address without TLS")
                    .attempt("mqtts:// or https:// in the address")
                    .toException();
        }
        return files;
    }

    static URI uri(String address, String path) {
        try {
            URI uri = new URI(address);
            if (uri.getRawUserInfo() != null) {
                throw Fields.problem(path, "a user in the address")
                        .attempt("user, with passwordFile or passwordEnv")
                        .toException();
            }
            return uri;
        } catch (URISyntaxException e) {
            throw Fields.problem(path, "'" + address + "' is no address")
                    .because(e.getReason())
                    .toException();
        }
    }

    private static String host(URI uri) {
        String host = uri.getHost();
        if (host == null) {
            throw Fields.problem("pipeline", "'" + uri + "' names no machine")
                    .attempt("HOST:PORT, where HOST has letters, digits, dots and hyphens")
                    .toException();
        }
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(URI uri, int usual) {
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        if (port < 1 || port > 65535) {
            throw Fields.problem("pipeline", "'" + uri + "' has no port from 1 to 65535")
                    .toException();
        }
        return port;
    }

    static double seconds(Fields fields, String key, double otherwise) {
        double value = fields.number(key, otherwise);
        if (value < 1e-4 || value > 86_400) {
            throw Fields.problem(fields.at(key), "expected seconds from 0.0001 to 86400, found " + value)
                    .toException();
        }
        return value;
    }

    static int limited(Fields fields, String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw Fields.problem(fields.at(key), "expected " + least + " to " + most + ", found " + value)
                    .toException();
        }
        return value;
    }
}
