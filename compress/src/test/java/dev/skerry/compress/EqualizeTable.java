package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Prints what equalization, bias correction and second-order rounding give back of what INT8 takes from a model with uneven
 * channels: accuracy and its drop, paired with the float model on the same samples, and the noise of the outputs. All decisions
 * are made on the calibration samples. Run by {@code bench/equalize}.
 */
@SuppressWarnings("NullAway") // a null ends the run with a trace, as it should
final class EqualizeTable {
    private EqualizeTable() {}

    /** Arguments: a folder with mobilenet.onnx, calibration.npz and evaluation.npz, and a scheme of integers (u8s8 by default). */
    public static void main(String[] arguments) {
        Path folder = Path.of(arguments[0]);
        var scheme = arguments.length > 1
                ? ActivationScheme.valueOf(arguments[1].toUpperCase(Locale.ROOT))
                : ActivationScheme.U8S8;
        // arithmetic as the model says, whatever this machine's kernels do
        Sessions sessions = Nets.SESSIONS.literal();
        Model prepared = Nets.prepared(ModelFile.read(folder.resolve("mobilenet.onnx")));
        Samples calibration = Samples.recorded(folder, "calibration", prepared, Integer.MAX_VALUE);
        Samples evaluation = Samples.recorded(folder, "evaluation", prepared, Integer.MAX_VALUE);
        var studied = new Studied(prepared, calibration, sessions, Progress.NONE);
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, prepared);
        var seconds = new LinkedHashMap<String, Double>();
        recipes(new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, scheme)).forEach((name, recipe) -> {
            long start = System.nanoTime();
            models.put(name, recipe.make(studied).model());
            seconds.put(name, (System.nanoTime() - start) / 1e9);
        });
        Evaluation judged =
                Evaluation.run(models, evaluation, sessions, Judging.by(Metric.TOP_1), "judging", Progress.NONE);
        print(scheme + ", ranges min-max, calibrated on " + calibration.size() + " samples, judged on n = "
                + evaluation.size());
        print("%-44s %7s %16s %7s %16s %6s %6s".formatted("variant", "top-1", "95 %", "drop", "95 %", "SQNR", "made"));
        models.keySet().forEach(name -> {
            Outcome outcome = judged.outcome(name);
            print("%-44s %7.2f %16s %7.2f %16s %6.1f %5.1fs"
                    .formatted(
                            name,
                            outcome.value(),
                            text(outcome.interval()),
                            outcome.drop(),
                            text(outcome.dropInterval()),
                            judged.of(name).sqnrDecibel(),
                            seconds.getOrDefault(name, 0.0)));
        });
    }

    private static Map<String, Recipe> recipes(StaticInt8 channel) {
        var recipes = new LinkedHashMap<String, Recipe>();
        recipes.put("float, equalized", Recipe.of(new Equalize()));
        for (StaticInt8 int8 : List.of(channel.perTensor(), channel)) {
            String name = int8.granularity() == Granularity.TENSOR ? "per tensor" : "per channel";
            StaticInt8 secondOrder = int8.rounding(Rounding.SECOND_ORDER);
            recipes.put(name, Recipe.of(int8));
            recipes.put(name + " + bias", Recipe.of(BiasCorrection.of(int8)));
            recipes.put(name + " + second order", Recipe.of(secondOrder));
            recipes.put(name + " + second order + bias", Recipe.of(BiasCorrection.of(secondOrder)));
            recipes.put(name + " + equalized", Recipe.of(new Equalize(), int8));
            recipes.put(name + " + equalized + bias", Recipe.of(new Equalize(), BiasCorrection.of(int8)));
            recipes.put(name + " + equalized + second order", Recipe.of(new Equalize(), secondOrder));
            recipes.put(
                    name + " + equalized + second order + bias",
                    Recipe.of(new Equalize(), BiasCorrection.of(secondOrder)));
        }
        return recipes;
    }

    private static String text(Interval interval) {
        return "(%.2f…%.2f)".formatted(interval.low(), interval.high());
    }

    @SuppressWarnings("SystemOut") // a table for who runs it
    private static void print(String line) {
        System.out.println(line);
    }
}
