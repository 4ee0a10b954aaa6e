package dev.skerry.bench;

import dev.skerry.model.Dim;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What an inference costs over REST and gRPC, beside the bare call of the same model in the same run. Closed loop: each
 * connection asks again as soon as it has its answer. All ways take turns within a round.
 */
public final class ServeTable {
    private static final List<String> MODELS =
            List.of("models/kws-dscnn/kws_dscnn.onnx", "mlperf-tiny/ad_int8_qdq.onnx", "mlperf-tiny/vww_float.onnx");
    private static final int[] CONNECTIONS = {1, 4};
    private static final JsonMapper JSON = new JsonMapper();

    private ServeTable() {}

    private enum Way {
        BARE,
        REST_JSON,
        REST_BINARY,
        GRPC
    }

    /** A model's one input, as it is asked for. */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    private record Asked(String name, Path file, String input, String datatype, long[] dims, byte[] bytes) {
        String shape() {
            return Arrays.toString(dims).replace(" ", "");
        }
    }

    private record Key(String model, Way way, int connections) {}

    /** Arguments: the launcher, the folder of data, seconds of a measurement (2), rounds (3). */
    public static void main(String[] arguments) throws Exception {
        Path data = Path.of(arguments[1]);
        double seconds = arguments.length > 2 ? Double.parseDouble(arguments[2]) : 2;
        int rounds = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 3;
        List<Asked> models = new ArrayList<>();
        for (String model : MODELS) {
            models.add(asked(data.resolve(model)));
        }
        var command = new ArrayList<>(List.of(arguments[0], "agent", "--json", "--port", "0"));
        models.forEach(model -> command.add(model.file.toString()));
        Process agent = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8))) {
            JsonNode ready = JSON.readTree(out.readLine());
            int port = ready.path("port").asInt();
            var results = new LinkedHashMap<Key, List<Load.Result>>();
            for (int round = 0; round <= rounds; round++) {
                for (Asked model : models) {
                    for (Way way : Way.values()) {
                        for (int connections : way == Way.BARE ? new int[] {1} : CONNECTIONS) {
                            // the first round warms up
                            Load.Result result = measure(way, model, port, connections, round == 0 ? 1 : seconds);
                            if (round > 0) {
                                results.computeIfAbsent(new Key(model.name, way, connections), any -> new ArrayList<>())
                                        .add(result);
                            }
                        }
                    }
                }
            }
            print(results, models, seconds, rounds);
        } finally {
            agent.destroy();
            agent.waitFor();
        }
    }

    private static Asked asked(Path file) {
        String name = file.getFileName().toString().replace(".onnx", "");
        try (Session session = open(file)) {
            ValueInfo input = session.inputs().getFirst();
            if (!(input.type() instanceof ValueType.OfTensor type) || type.shape() == null) {
                throw new IllegalArgumentException(file + " has no tensor of known rank as its input");
            }
            long[] dims = type.shape().dims().stream()
                    .mapToLong(dim -> dim instanceof Dim.Known known ? known.size() : 1)
                    .toArray();
            long elements = Arrays.stream(dims).reduce(1, Math::multiplyExact);
            boolean real = type.element().bits() == 32;
            byte[] bytes = new byte[(int) type.element().bytes(elements)];
            for (int i = 0; i < elements; i++) {
                if (real) {
                    MemorySegment.ofArray(bytes).set(ValueLayout.JAVA_FLOAT_UNALIGNED, i * 4L, (float) Math.sin(i));
                } else {
                    bytes[i] = (byte) (i * 37);
                }
            }
            return new Asked(name, file, input.name(), real ? "FP32" : "INT8", dims, bytes);
        }
    }

    private static Session open(Path file) {
        return Runtimes.all().stream()
                .filter(runtime -> runtime.name().equals("onnxruntime"))
                .findFirst()
                .orElseThrow()
                .open(file, SessionOptions.DEFAULT);
    }

    private static Load.Result measure(Way way, Asked model, int port, int connections, double seconds)
            throws Exception {
        return switch (way) {
            case BARE -> {
                try (Session session = open(model.file);
                        Binding binding = session.bind(Map.of(model.input, model.dims))) {
                    MemorySegment source = MemorySegment.ofArray(model.bytes);
                    yield Load.closedLoop(1, seconds, () -> () -> {
                        binding.input(model.input).copyFrom(source);
                        binding.run();
                    });
                }
            }
            case REST_JSON -> rest(port, connections, seconds, model, json(model), -1);
            case REST_BINARY -> {
                byte[] head = header(model).getBytes(StandardCharsets.UTF_8);
                byte[] body = Arrays.copyOf(head, head.length + model.bytes.length);
                System.arraycopy(model.bytes, 0, body, head.length, model.bytes.length);
                yield rest(port, connections, seconds, model, body, head.length);
            }
            case GRPC -> {
                byte[] message = GrpcClient.request(model.name, model.input, model.datatype, model.dims, model.bytes);
                yield Load.closedLoop(connections, seconds, () -> {
                    var client = new GrpcClient(port, "/inference.GRPCInferenceService/ModelInfer");
                    return () -> client.call(message);
                });
            }
        };
    }

    private static Load.Result rest(int port, int connections, double seconds, Asked model, byte[] body, int json)
            throws Exception {
        return Load.closedLoop(connections, seconds, () -> {
            var client = new RestClient(port, "/v2/models/" + model.name + "/infer", body, json);
            return client::call;
        });
    }

    private static String header(Asked model) {
        return "{\"parameters\":{\"binary_data_output\":true},\"inputs\":[{\"name\":\"" + model.input + "\",\"shape\":"
                + model.shape() + ",\"datatype\":\"" + model.datatype + "\",\"parameters\":{\"binary_data_size\":"
                + model.bytes.length + "}}]}";
    }

    private static byte[] json(Asked model) {
        var data = new StringBuilder();
        for (int i = 0; i < model.bytes.length; i += model.datatype.equals("FP32") ? 4 : 1) {
            data.append(data.isEmpty() ? "" : ",");
            if (model.datatype.equals("FP32")) {
                data.append(MemorySegment.ofArray(model.bytes).get(ValueLayout.JAVA_FLOAT_UNALIGNED, i));
            } else {
                data.append(model.bytes[i]);
            }
        }
        return ("{\"inputs\":[{\"name\":\"" + model.input + "\",\"shape\":" + model.shape() + ",\"datatype\":\""
                        + model.datatype + "\",\"data\":[" + data + "]}]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static void print(Map<Key, List<Load.Result>> results, List<Asked> models, double seconds, int rounds) {
        System.out.printf(Locale.ROOT, "closed loop, median of %d rounds of %.1f s, microseconds%n", rounds, seconds);
        System.out.printf(
                "%-12s %8s  %-12s %5s %10s %8s %8s %14s%n",
                "model", "bytes", "way", "conn", "requests/s", "p50", "p99", "p99 over bare");
        for (Asked model : models) {
            double bare = middle(
                    results.getOrDefault(new Key(model.name, Way.BARE, 1), List.of()), result -> result.micros(0.99));
            results.forEach((key, list) -> {
                if (key.model.equals(model.name)) {
                    double p99 = middle(list, result -> result.micros(0.99));
                    System.out.printf(
                            Locale.ROOT,
                            "%-12s %8d  %-12s %5d %10.0f %8.0f %8.0f %14.0f%n",
                            model.name,
                            model.bytes.length,
                            key.way.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                            key.connections,
                            middle(list, Load.Result::perSecond),
                            middle(list, result -> result.micros(0.5)),
                            p99,
                            p99 - bare);
                }
            });
        }
    }

    private static double middle(List<Load.Result> results, java.util.function.ToDoubleFunction<Load.Result> value) {
        double[] values = results.stream().mapToDouble(value).sorted().toArray();
        return values[values.length / 2];
    }

    static IOException unexpected(String what) {
        return new IOException("the agent answered " + what);
    }
}
