package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.testing.SharedData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import javax.imageio.ImageIO;

/**
 * Prints what narrowing costs and saves: size, multiply-accumulates, time and accuracy at several shares. What to remove and what
 * weights become is decided on the calibration samples; accuracy is of the evaluation samples, which nothing else sees. Run by
 * {@code bench/narrow}.
 */
@SuppressWarnings("NullAway") // a null ends the run with a trace, as it should
final class NarrowCurve {
    /** A model and its samples. */
    record Subject(Model model, Samples calibration, Samples evaluation) {}

    private static final Map<String, String> FILES =
            Map.of("resnet8-cifar10", "resnet8.onnx", "mnist-cnn", "mnist.onnx", "kws-dscnn", "kws_dscnn.onnx");

    private NarrowCurve() {}

    /** Arguments: a model (resnet8-cifar10, mnist-cnn, kws-dscnn, conveyor), seconds of timing, and what to try ({@link #recipe}). */
    public static void main(String[] arguments) {
        Subject subject = subject(arguments[0]);
        Duration timing = Duration.ofSeconds(Integer.parseInt(arguments[1]));
        Model prepared = Nets.prepared(subject.model());
        var models = new LinkedHashMap<String, Model>();
        var seconds = new LinkedHashMap<String, Double>();
        models.put(Evaluation.FLOAT, prepared);
        // one for all, as in a search: what is known of the model is found out once
        var studied = new Studied(prepared, subject.calibration(), Nets.SESSIONS, Progress.NONE);
        for (String percent : Arrays.asList(arguments).subList(2, arguments.length)) {
            Recipe recipe = recipe(percent);
            long start = System.nanoTime();
            Rewritten made = recipe.make(studied);
            seconds.put(recipe.name(), (System.nanoTime() - start) / 1e9);
            models.put(recipe.name(), made.model());
        }
        Evaluation evaluation = Evaluation.run(
                models, subject.evaluation(), Nets.SESSIONS, Judging.by(Metric.TOP_1), "judging", Progress.NONE);
        Map<String, Latency> latencies = timing.isZero()
                ? Map.of()
                : Latency.measure(
                        models,
                        subject.calibration().all().getFirst(),
                        Nets.SESSIONS,
                        timing,
                        System::nanoTime,
                        Progress.NONE);
        print(arguments[0] + ": " + subject.calibration().size() + " samples to narrow by, "
                + subject.evaluation().size() + " to judge by");
        print("%-28s %9s %9s %9s %6s %16s %7s %16s %7s %16s %6s"
                .formatted(
                        "variant",
                        "bytes",
                        "deflated",
                        "kMACs",
                        "MACs",
                        "accuracy",
                        "drop",
                        "95 %",
                        "time",
                        "95 %",
                        "made"));
        long all = Cost.of(prepared, Map.of("N", 1L)).macs();
        models.forEach((name, model) -> {
            long macs = Cost.of(model, Map.of("N", 1L)).macs();
            Outcome outcome = evaluation.outcome(name);
            Latency latency = latencies.get(name);
            print("%-28s %,9d %,9d %,9d %5.1f%% %6.2f %s %6.2f %s %6.3f %s %5.1fs"
                    .formatted(
                            name,
                            ModelFile.bytes(model).length,
                            Sparsity.of(model).deflatedBytes(),
                            macs / 1000,
                            100.0 * macs / all,
                            outcome.value(),
                            text(outcome.interval()),
                            outcome.drop(),
                            text(outcome.dropInterval()),
                            latency == null ? Double.NaN : latency.ratio(),
                            latency == null ? "" : text(latency.ratioInterval()),
                            seconds.getOrDefault(name, 0.0)));
        });
    }

    /** {@code 25} of the MACs saved, {@code 25q} in INT8 too, {@code 25x1} with widths of any size, {@code s50} zeros, {@code s2of4}. */
    private static Recipe recipe(String asked) {
        if (asked.startsWith("s")) {
            String[] kept = asked.substring(1).split("of", -1);
            return Recipe.of(new Sparsify(
                    kept.length > 1
                            ? new SparsePattern.OfEach(Integer.parseInt(kept[0]), Integer.parseInt(kept[1]))
                            : new SparsePattern.Unstructured(Integer.parseInt(kept[0])),
                    Sparsify.Criterion.SPARSEGPT));
        }
        String[] parts = asked.replace("q", "").split("x", -1);
        int share = Integer.parseInt(parts[0]);
        Technique int8 = new StaticInt8(Scope.all(Set.of()), RangeMethod.ENTROPY, ActivationScheme.U8S8_REDUCED);
        if (share == 0) {
            return Recipe.of(int8);
        }
        Narrow narrow =
                parts.length > 1 ? new Narrow(share, Integer.parseInt(parts[1]), Map.of()) : Narrow.share(share);
        return asked.endsWith("q") ? Recipe.of(narrow, int8) : Recipe.of(narrow);
    }

    private static String text(Interval interval) {
        return "(%.2f…%.2f)".formatted(interval.low(), interval.high());
    }

    @SuppressWarnings("SystemOut") // a table for who runs it
    private static void print(String line) {
        System.out.println(line);
    }

    static Subject subject(String name) {
        if (name.equals("conveyor")) {
            return conveyor();
        }
        Model model = Samples.model(name + "/" + FILES.get(name));
        return new Subject(
                model,
                Samples.recorded(name, "calibration", model, 256),
                Samples.recorded(name, "evaluation", model, 20_000));
    }

    /** The example of this project: rendered parts of four classes, 64 × 64 pixels. */
    static Subject conveyor() {
        Path folder = SharedData.projectRoot().resolve("examples/conveyor");
        Model model = ModelFile.read(folder.resolve("conveyor.onnx"));
        return new Subject(model, images(folder.resolve("images/calibration")), images(folder.resolve("images/test")));
    }

    private static Samples images(Path folder) {
        try {
            List<String> classes = List.of("good", "scratched", "dented", "contaminated");
            List<Sample> samples = new ArrayList<>();
            for (String line : Files.readAllLines(folder.resolve("labels.csv"))) {
                String[] fields = line.split(",", -1);
                if (classes.contains(fields[1])) {
                    Tensor tensor =
                            pixels(ImageIO.read(folder.resolve(fields[0]).toFile()));
                    samples.add(new Sample(
                            fields[0], Map.of("image", tensor), OptionalInt.of(classes.indexOf(fields[1])), false));
                }
            }
            return new Samples(samples);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** 80 × 80 pixels to 64 × 64, bilinear with half-pixel centres, normalized: as {@code skerry.yaml} has it. */
    private static Tensor pixels(BufferedImage image) {
        float[] values = new float[3 * 64 * 64];
        double[] mean = {0.334, 0.333, 0.334};
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                double atX = (x + 0.5) * image.getWidth() / 64 - 0.5;
                double atY = (y + 0.5) * image.getHeight() / 64 - 0.5;
                int left = (int) atX;
                int top = (int) atY;
                for (int channel = 0; channel < 3; channel++) {
                    double value = (1 - atY + top)
                                    * ((1 - atX + left) * pixel(image, left, top, channel)
                                            + (atX - left) * pixel(image, left + 1, top, channel))
                            + (atY - top)
                                    * ((1 - atX + left) * pixel(image, left, top + 1, channel)
                                            + (atX - left) * pixel(image, left + 1, top + 1, channel));
                    values[(channel * 64 + y) * 64 + x] = (float) ((value / 255 - mean[channel]) / 0.176);
                }
            }
        }
        return Tensor.ofFloats("image", new long[] {1, 3, 64, 64}, values);
    }

    private static int pixel(BufferedImage image, int x, int y, int channel) {
        int rgb = image.getRGB(Math.min(x, image.getWidth() - 1), Math.min(y, image.getHeight() - 1));
        return rgb >> (16 - 8 * channel) & 0xff;
    }
}
