package dev.skerry.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Compresses real models without hints, one process each, and prints what came out beside the peer's configurations: whether
 * any single one of those is better in accuracy beyond the noise, in size, and in time by more than a margin, all at once.
 */
final class CompressionTable {
    /** Times of different machines and runs differ by this much. */
    private static final double TIME_MARGIN = 0.85;

    private record Peer(String model, String configuration, long bytes, double metric, double ratio) {}

    private CompressionTable() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Path data = Path.of(args[0]);
        Path skerry = Path.of("skerry").toAbsolutePath();
        List<String> wanted = List.of(args).subList(1, args.length);
        List<Peer> peers = peers();
        PrintStream out = System.out;
        out.println(
                "| model | float | chosen | accuracy (95 %) | drop (95 %, paired) | bytes | time ÷ float | dominated by a peer's configuration | seconds | peak MB |");
        out.println("|---|---|---|---|---|---|---|---|---|---|");
        for (String model :
                List.of("kws-dscnn", "resnet8-cifar10", "magika", "mnist-cnn", "har-motion", "silero-vad")) {
            if (wanted.isEmpty() || wanted.contains(model)) {
                out.println(row(model, compress(skerry, data, model), peers));
                out.flush();
            }
        }
    }

    private static JsonNode compress(Path skerry, Path data, String model) throws IOException, InterruptedException {
        Path folder = data.resolve("models").resolve(model);
        Path output = Files.createTempDirectory("skerry-bench").resolve("small.onnx");
        var command = new ArrayList<String>(List.of(skerry.toString(), "compress"));
        if (model.equals("silero-vad")) {
            Path project = Files.createTempDirectory("skerry-bench").resolve("skerry.yaml");
            try (InputStream text = resource("silero.yaml")) {
                Files.writeString(
                        project,
                        new String(text.readAllBytes(), StandardCharsets.UTF_8)
                                .replace("FOLDER", folder.toAbsolutePath().toString()));
            }
            command.add(project.toString());
        } else {
            Path file;
            try (var files = Files.list(folder)) {
                file = files.filter(path -> path.toString().endsWith(".onnx"))
                        .sorted()
                        .findFirst()
                        .orElseThrow();
            }
            command.addAll(List.of(
                    file.toString(),
                    "--calibration",
                    folder.resolve("calibration.npz").toString(),
                    "--eval",
                    folder.resolve("evaluation.npz").toString(),
                    "--method",
                    "auto",
                    "--max-drop",
                    "1"));
        }
        command.addAll(List.of("--json", "-o", output.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        JsonNode report;
        try (InputStream json = process.getInputStream()) {
            report = JsonMapper.shared().readTree(json);
        }
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue() + ": " + report);
        }
        return report;
    }

    private static String row(String model, JsonNode report, List<Peer> peers) {
        JsonNode reference = report.get("float");
        String name = report.get("chosen").asString();
        JsonNode chosen = null;
        for (JsonNode variant : report.get("variants")) {
            if (variant.get("name").asString().equals(name)) {
                chosen = variant;
            }
        }
        if (chosen == null) {
            throw new IllegalArgumentException("no variant " + name);
        }
        double accuracy = chosen.get("accuracy").asDouble();
        double high = chosen.get("accuracyInterval").get(1).asDouble();
        long bytes = chosen.get("bytes").asLong();
        double ratio = chosen.get("ratio").asDouble();
        String dominated = peers.stream()
                .filter(peer -> peer.model().equals(model)
                        && peer.metric() > high
                        && peer.bytes() < bytes
                        && peer.ratio() < ratio * TIME_MARGIN)
                .map(Peer::configuration)
                .findFirst()
                .orElse("none");
        JsonNode drop = chosen.get("dropInterval");
        JsonNode effort = report.get("effort");
        return String.format(
                Locale.ROOT,
                "| %s | %.2f %%, %d B | %s | %.2f %% (%.1f–%.1f) | %s | %d | %.2f (%.2f–%.2f) | %s | %.0f | %.0f |",
                model,
                reference.get("accuracy").asDouble(),
                reference.get("bytes").asLong(),
                name,
                accuracy,
                chosen.get("accuracyInterval").get(0).asDouble(),
                high,
                drop.isNull()
                        ? "–"
                        : String.format(
                                Locale.ROOT,
                                "%.2f (%.2f…%.2f)",
                                chosen.get("dropPercent").asDouble(),
                                drop.get(0).asDouble(),
                                drop.get(1).asDouble()),
                bytes,
                ratio,
                chosen.get("ratioInterval").get(0).asDouble(),
                chosen.get("ratioInterval").get(1).asDouble(),
                dominated,
                effort.get("elapsedSeconds").asDouble(),
                effort.get("peakMemoryBytes").asDouble() / 1e6);
    }

    private static InputStream resource(String name) throws IOException {
        InputStream stream = CompressionTable.class.getResourceAsStream(name);
        if (stream == null) {
            throw new IOException(name + " is missing");
        }
        return stream;
    }

    private static List<Peer> peers() throws IOException {
        var peers = new ArrayList<Peer>();
        try (InputStream stream = resource("peer.csv")) {
            var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    String[] parts = line.split(",", -1);
                    peers.add(new Peer(
                            parts[0],
                            parts[1],
                            Long.parseLong(parts[2]),
                            Double.parseDouble(parts[3]),
                            Double.parseDouble(parts[4])));
                }
            }
        }
        return peers;
    }
}
