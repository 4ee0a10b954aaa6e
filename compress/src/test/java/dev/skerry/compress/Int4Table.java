package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Attribute;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.pipeline.Sample;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Prints what weights in 4 bits cost and save: per model and form of blocks the size, the error of the outputs by each way of
 * fitting, accuracy, time at both accuracy levels, and what fitting took beside inference. Fits see the calibration samples;
 * errors and accuracy are of the evaluation samples. Run by {@code bench/int4}.
 */
@SuppressWarnings("NullAway") // a null ends the run with a trace, as it should
final class Int4Table {
    private static final int MOST_CALIBRATION = 256;
    private static final List<Integer> BLOCKS = List.of(16, 32, 128);
    private static final List<BlockFit> FITS = List.of(BlockFit.RTN, BlockFit.HQQ, BlockFit.GPTQ);
    private static final int AS_INT8 = 4;

    private final Path folder;
    private final Model model;
    private final Samples calibration;
    private final Samples evaluation;
    private final Studied studied;
    private final Map<String, Model> models = new LinkedHashMap<>();
    private final Map<String, Double> seconds = new LinkedHashMap<>();

    private Int4Table(Path folder, int most) {
        this.folder = folder;
        model = ModelFile.read(onnx(folder));
        calibration = Samples.recorded(folder, "calibration", model, MOST_CALIBRATION);
        evaluation = Samples.recorded(folder, "evaluation", model, most);
        studied = prepared();
    }

    /** Arguments: seconds of timing for each model (0 for none), most samples to judge by, and folders of models. */
    public static void main(String[] arguments) {
        Duration timing = Duration.ofSeconds(Integer.parseInt(arguments[0]));
        for (String folder : Arrays.asList(arguments).subList(2, arguments.length)) {
            new Int4Table(Path.of(folder), Integer.parseInt(arguments[1])).print(timing);
        }
    }

    private static Path onnx(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** As the search has it before the first technique. */
    private Studied prepared() {
        Model ready = Nets.prepared(model);
        var plain = new Studied(ready, calibration, Nets.SESSIONS, Progress.NONE);
        return plain.withSameValues(ready.withGraph(
                DenseLayers.join(ready.graph(), plain.calibration().ranks())));
    }

    /** Seconds that the processor has worked for this process, on all its cores: a busy machine doesn't lengthen them. */
    private static double processor() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    private static String name(int block, boolean symmetric, BlockFit fit, int level) {
        return technique(block, symmetric, fit, level).label();
    }

    private static Int4 technique(int block, boolean symmetric, BlockFit fit, int level) {
        return new Int4(Scope.all(Set.of()), block, symmetric, fit, BlockForm.EVERYWHERE, level);
    }

    private void make(int block, boolean symmetric) {
        for (BlockFit fit : FITS) {
            Int4 technique = technique(block, symmetric, fit, 0);
            double start = processor();
            Rewritten made = technique.apply(studied);
            seconds.put(technique.label(), processor() - start);
            Model exact = Candidate.of("", Recipe.of(technique), made).model();
            models.put(technique.label(), exact);
            if (fit == BlockFit.GPTQ) {
                models.put(name(block, symmetric, fit, AS_INT8), rounding(exact));
            }
        }
    }

    /** The same with activations in INT8: what {@code technique} makes at the other level, without fitting again. */
    private static Model rounding(Model exact) {
        return exact.withGraph(Subgraphs.rewrite(
                exact.graph(),
                graph -> graph.withNodes(graph.nodes().stream()
                        .map(node -> node.op().equals("MatMulNBits")
                                ? node.withAttribute("accuracy_level", Attribute.of(AS_INT8))
                                : node)
                        .toList())));
    }

    private void print(Duration timing) {
        models.put(Evaluation.FLOAT, model);
        double inference = inference();
        double moments = moments();
        for (int block : BLOCKS) {
            make(block, true);
            make(block, false);
        }
        Evaluation judged = Evaluation.run(models, evaluation, Nets.SESSIONS, Judging.AUTO, "judging", Progress.NONE);
        Map<String, Latency> latencies = timing.isZero() ? Map.of() : latencies(timing);
        long bytes = ModelFile.bytes(model).length;
        line(
                "%s: %,d bytes; float %.2f %%; %,d samples to fit by, %,d to judge by; %.2f s of processor time for inference on the former, %.2f s with second moments"
                        .formatted(
                                folder.getFileName(),
                                bytes,
                                judged.outcome(Evaluation.FLOAT).value(),
                                calibration.size(),
                                evaluation.size(),
                                inference,
                                moments));
        line(
                "| block | bytes | ÷ float | error RTN | HQQ | GPTQ | GPTQ, level 4 | accuracy RTN | GPTQ, level 4 | change (95 %) "
                        + "| time ÷ float, level 4 (95 %) | level 0 (95 %) | fitting RTN, HQQ, GPTQ (processor s) |");
        line("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (int block : BLOCKS) {
            row(block, true, bytes, judged, latencies);
            row(block, false, bytes, judged, latencies);
        }
        judged.failures().forEach((name, why) -> line(name + " failed: " + why));
    }

    /** Only GPTQ's: fits differ in numbers, and not in time. */
    private Map<String, Latency> latencies(Duration timing) {
        var timed = new LinkedHashMap<String, Model>();
        models.forEach((name, each) -> {
            if (name.equals(Evaluation.FLOAT) || name.contains("-" + BlockFit.GPTQ.label())) {
                timed.put(name, each);
            }
        });
        return Latency.measure(
                timed, calibration.all().getFirst(), Nets.SESSIONS, timing, System::nanoTime, Progress.NONE);
    }

    /** Seconds of the float model on all calibration samples. */
    private double inference() {
        try (Sessions.Open session = Nets.SESSIONS.open(studied.model(), "float")) {
            double start = processor();
            for (Sample sample : calibration) {
                session.infer(sample);
            }
            return processor() - start;
        }
    }

    /** Seconds of the pass that gathers second moments, inference included. */
    private double moments() {
        var layers = new ArrayList<Node>();
        for (Node node : Subgraphs.allNodes(studied.model().graph())) {
            if (Scope.LAYERS.contains(node.op())
                    && studied.model().graph().initializers().containsKey(node.input(1))) {
                layers.add(node);
            }
        }
        double start = processor();
        studied.gather(layers);
        return processor() - start;
    }

    private void row(int block, boolean symmetric, long bytes, Evaluation judged, Map<String, Latency> latencies) {
        String gptq = name(block, symmetric, BlockFit.GPTQ, AS_INT8);
        int size = ModelFile.bytes(models.get(gptq)).length;
        var errors = new ArrayList<String>();
        for (BlockFit fit : FITS) {
            errors.add(error(judged, name(block, symmetric, fit, 0)));
        }
        errors.add(error(judged, gptq));
        Outcome outcome = judged.outcome(gptq);
        line("| %d%s | %,d | %.3f | %s | %.2f | %.2f | %+.2f %s | %s | %s | %.2f, %.2f, %.2f |"
                .formatted(
                        block,
                        symmetric ? "" : ", zero points",
                        size,
                        (double) size / bytes,
                        String.join(" | ", errors),
                        judged.outcome(name(block, symmetric, BlockFit.RTN, 0)).value(),
                        outcome.value(),
                        0.0 - outcome.drop(),
                        text(new Interval(
                                0.0 - outcome.dropInterval().high(),
                                0.0 - outcome.dropInterval().low())),
                        time(latencies.get(gptq)),
                        time(latencies.get(name(block, symmetric, BlockFit.GPTQ, 0))),
                        seconds.get(name(block, symmetric, BlockFit.RTN, 0)),
                        seconds.get(name(block, symmetric, BlockFit.HQQ, 0)),
                        seconds.get(name(block, symmetric, BlockFit.GPTQ, 0))));
    }

    /** Of the outputs, as a share of their root mean square. */
    private static String error(Evaluation judged, String name) {
        return "%.2f %%".formatted(100 * Math.pow(10, -judged.of(name).sqnrDecibel() / 20));
    }

    private static String time(Latency latency) {
        return latency == null ? "" : "%.2f %s".formatted(latency.ratio(), text(latency.ratioInterval()));
    }

    private static String text(Interval interval) {
        return String.format(Locale.ROOT, "(%.2f…%.2f)", interval.low(), interval.high());
    }

    @SuppressWarnings("SystemOut") // a table for who runs it
    private static void line(String line) {
        System.out.println(line);
    }
}
