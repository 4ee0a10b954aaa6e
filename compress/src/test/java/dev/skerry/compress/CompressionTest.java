package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.ProblemException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Compression as its users see it, on real models. Time isn't measured, so that the choice is by size. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class CompressionTest {
    private static CompressionRequest request(Model model, Samples calibration, Samples evaluation) {
        return CompressionRequest.of(model, calibration, evaluation, Nets.SCHEME, Nets.RUNTIME, System::nanoTime)
                .withTiming(Duration.ZERO);
    }

    private static CompressionRequest recorded(String folder, String file, int calibration, int evaluation) {
        Model model = Samples.model(folder + "/" + file);
        return request(
                model,
                Samples.recorded(folder, "calibration", model, calibration),
                Samples.recorded(folder, "evaluation", model, evaluation));
    }

    private static List<String> codes(CompressionReport report) {
        return report.problems().stream().map(problem -> problem.code()).toList();
    }

    @Test
    void keywordSpottingKeepsItsAccuracyInAThirdOfTheBytes() {
        CompressionReport report = Compression.run(recorded("kws-dscnn", "kws_dscnn.onnx", 100, 900), Progress.NONE);
        assertThat(report.metric()).isEqualTo("top-1");
        assertThat(report.floatRow().accuracy()).isBetween(91.3, 91.4);
        Variant chosen = report.chosenRow();
        assertThat(chosen.status()).isEqualTo(Status.PASSED);
        assertThat(chosen.dropPercent()).isLessThanOrEqualTo(0.5);
        assertThat(chosen.dropInterval().low()).isLessThan(chosen.dropPercent());
        assertThat(chosen.bytes()).isLessThan(35_000).isEqualTo(ModelFile.bytes(report.output()).length);
        assertThat(report.layers()).hasSizeGreaterThanOrEqualTo(9).allMatch(layer -> layer.sqnrDecibel() > 15);
    }

    @Test
    void magikaKeepsItsAccuracyWithoutBeingToldWhatToLeaveFloat() {
        CompressionReport report = Compression.run(
                recorded("magika", "model.onnx", 40, 100).withRanges(List.of(RangeMethod.MINMAX)), Progress.NONE);
        Variant chosen = report.chosenRow();
        assertThat(chosen.dropPercent()).isLessThanOrEqualTo(1);
        assertThat(chosen.bytes()).isLessThan(900_000);
        assertThat(report.variants())
                .filteredOn(row -> row.name().equals("int8-all-minmax"))
                .allMatch(row -> row.status() == Status.PASSED && row.integerNodes() > 0)
                .hasSize(1);
        assertThat(report.keptFloat())
                .isNotEmpty()
                .allMatch(kept -> !kept.node().isBlank() && !kept.reason().isBlank());
    }

    @Test
    void humanActivityAndDigitsShrink() {
        assertThat(Compression.run(recorded("har-motion", "har_cnn1d.onnx", 300, 192), Progress.NONE)
                        .chosenRow())
                .satisfies(row -> assertThat(row.accuracy()).isEqualTo(100))
                .satisfies(row -> assertThat(row.bytes()).isLessThan(13_000));
        // opset 8, weights as inputs, biases as Add
        assertThat(Compression.run(recorded("mnist-cnn", "mnist.onnx", 100, 1000), Progress.NONE)
                        .chosenRow())
                .satisfies(row -> assertThat(row.dropPercent()).isLessThanOrEqualTo(0.5))
                .satisfies(row -> assertThat(row.bytes()).isLessThan(10_000));
    }

    @Test
    void calibrationThatMissesAClassIsCaughtByTheGate() {
        // the first 100 windows are all of one class, and the others go beyond its ranges
        CompressionReport report = Compression.run(recorded("har-motion", "har_cnn1d.onnx", 100, 192), Progress.NONE);
        assertThat(report.variants())
                .filteredOn(row -> row.name().matches("int8-(all|layers|conv)-[a-z]+"))
                .isNotEmpty()
                .allMatch(row -> row.status() == Status.INACCURATE);
        // weights alone need no calibration, and a first layer that stays float cuts nothing off
        assertThat(report.chosenRow().name()).matches("int8-weights|int8-all-stem1-.*");
        assertThat(report.chosenRow().status()).isEqualTo(Status.PASSED);
    }

    @Test
    void sameRequestGivesTheSameBytes() {
        CompressionRequest request = recorded("har-motion", "har_cnn1d.onnx", 40, 60);
        CompressionReport first = Compression.run(request, Progress.NONE);
        CompressionReport second = Compression.run(request, Progress.NONE);
        assertThat(withoutEffort(first)).isEqualTo(withoutEffort(second));
        assertThat(ModelFile.bytes(first.output())).isEqualTo(ModelFile.bytes(second.output()));
    }

    /** All but what the compression itself took. */
    private static Map<String, Object> withoutEffort(CompressionReport report) {
        Map<String, Object> json = report.toJson("out.onnx");
        assertThat(json.remove("effort")).isNotNull();
        return json;
    }

    @Test
    void timesOfAllVariantsStandInTheTable() {
        var clock = new long[1];
        CompressionRequest request = recorded("mnist-cnn", "mnist.onnx", 40, 40);
        CompressionReport report = Compression.run(
                new CompressionRequest(
                        request.floatModel(),
                        request.calibration(),
                        request.evaluation(),
                        request.state(),
                        request.dims(),
                        request.method(),
                        List.of(RangeMethod.MINMAX),
                        Budgets.maxDrop(6),
                        request.judging(),
                        request.scheme(),
                        request.layout(),
                        request.format(),
                        request.keepFloat(),
                        request.goal(),
                        request.runtime(),
                        List.of(),
                        () -> clock[0] += 1000,
                        Duration.ofMillis(1)),
                Progress.NONE);
        // every call takes one tick of this clock
        assertThat(report.variants()).allSatisfy(row -> assertThat(row.ratio()).isEqualTo(1.0));
        assertThat(report.variants())
                .allSatisfy(row -> assertThat(row.p50Micros()).isNotNull());
    }

    @Test
    void withoutLabelsAgreementIsTheGateAndTheReportSaysSo() {
        CompressionRequest labelled = recorded("har-motion", "har_cnn1d.onnx", 40, 60);
        Samples unlabelled = new Samples(((Samples) labelled.evaluation())
                .all().stream()
                        .map(sample -> new Sample(sample.id(), sample.inputs(), OptionalInt.empty(), false))
                        .toList());
        CompressionReport report =
                Compression.run(request(labelled.floatModel(), unlabelled, unlabelled), Progress.NONE);
        assertThat(report.metric()).isEqualTo("agreement");
        assertThat(report.labelled()).isFalse();
        assertThat(codes(report)).contains("compress.no-labels");
        assertThat(report.floatRow().accuracy()).isEqualTo(100);
        assertThat(report.calibrationSamples()).isEqualTo(12);
        assertThat(report.evaluationSamples()).isEqualTo(48);
    }

    @Test
    void oneSetIsSplitWithoutOverlap() {
        List<Sample> all = new ArrayList<>();
        for (int i = 0; i < 103; i++) {
            all.add(new Sample("s" + i, Map.of(), OptionalInt.empty(), false));
        }
        Samples source = new Samples(all);
        for (boolean inOrder : new boolean[] {false, true}) {
            SampleSplit split = SampleSplit.of(source, source, inOrder);
            Set<String> seen = new HashSet<>();
            split.calibration()
                    .forEach(sample -> assertThat(seen.add(sample.id())).isTrue());
            split.evaluation()
                    .forEach(sample -> assertThat(seen.add(sample.id())).isTrue());
            assertThat(seen).hasSize(103);
            assertThat(split.calibration().size()).isEqualTo(21);
            assertThat(split.evaluation().iterator().next().restart()).isTrue();
        }
    }

    @Test
    void layersInsideBranchesOfAModelWithStateAreQuantized() throws Exception {
        Model model = Samples.model("silero-vad/silero_vad.onnx");
        Samples frames = voiceFrames(700);
        CompressionReport report = Compression.run(
                request(model, new Samples(frames.all().subList(0, 100)), frames)
                        .withState(Map.of("stateN", "state")),
                Progress.NONE);
        assertThat(report.metric()).isEqualTo("auc");
        assertThat(report.floatRow().accuracy()).isGreaterThan(80);
        assertThat(codes(report)).doesNotContain("compress.nothing");
        assertThat(report.variants())
                .filteredOn(row -> row.name().startsWith("int8-all"))
                .isNotEmpty()
                .allMatch(row -> row.status() != CompressionReport.Status.FAILED && row.integerNodes() > 0);
        // of the branch that is taken, and of the one that no sample took
        assertThat(report.keptFloat())
                .anyMatch(kept -> kept.node().contains("else_branch"))
                .anyMatch(kept -> kept.node().contains("then_branch"));
    }

    private static Samples voiceFrames(int count) throws Exception {
        byte[] wav = Files.readAllBytes(dev.skerry.testing.SharedData.at("models/silero-vad/stream.wav"));
        ByteBuffer pcm = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN);
        Tensor labels = dev.skerry.model.TensorFile.readNpz(
                        dev.skerry.testing.SharedData.at("models/silero-vad/stream-labels.npz"))
                .get("labels");
        List<Sample> frames = new ArrayList<>();
        for (int frame = 0; frame < count; frame++) {
            float[] values = new float[288];
            for (int i = 0; i < values.length; i++) {
                int at = frame * 256 - 32 + i;
                values[i] = at < 0 ? 0 : pcm.getShort(44 + 2 * at) / 32768f;
            }
            frames.add(new Sample(
                    "frame " + frame,
                    Map.of(
                            "input",
                            Tensor.ofFloats("input", new long[] {1, 288}, values),
                            "sr",
                            Tensor.ofLongs("sr", new long[0], 8000)),
                    OptionalInt.of((int) labels.longAt(frame)),
                    frame == 0));
        }
        return new Samples(frames);
    }

    @Test
    void uselessCalibrationSamplesAreNamed() {
        CompressionRequest good = recorded("har-motion", "har_cnn1d.onnx", 40, 40);
        Sample first = ((Samples) good.calibration()).all().getFirst();
        List<Sample> alike = new ArrayList<>(java.util.Collections.nCopies(20, first));
        float[] broken = first.inputs().get("input").toFloats();
        Arrays.fill(broken, 0, 5, Float.NaN);
        alike.add(new Sample(
                "broken",
                Map.of(
                        "input",
                        Tensor.ofFloats("input", first.inputs().get("input").dims(), broken)),
                OptionalInt.empty(),
                false));
        CompressionReport report = Compression.run(
                request(good.floatModel(), new Samples(alike), (Samples) good.evaluation()), Progress.NONE);
        assertThat(codes(report))
                .contains("compress.calibration-alike", "compress.calibration-small", "compress.calibration-nan");
        assertThat(report.problems().toString()).contains("broken");
    }

    @Test
    void noSamplesIsAProblem() {
        Model model = Samples.model("har-motion/har_cnn1d.onnx");
        Samples none = new Samples(List.of());
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Compression.run(request(model, none, none), Progress.NONE))
                .matches(thrown -> thrown.problem().code().equals("compress.evaluation-empty"));
    }

    @Test
    void missingInputIsNamed() {
        Model model = Samples.model("har-motion/har_cnn1d.onnx");
        Samples wrong = new Samples(List.of(new Sample(
                "a", Map.of("image", Tensor.ofFloats("image", new long[] {1}, 1)), OptionalInt.empty(), false)));
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Compression.run(request(model, wrong, new Samples(wrong.all())), Progress.NONE))
                .withMessageContaining("no input input")
                .withMessageContaining("image");
    }

    @Test
    void interruptedThreadStops() {
        CompressionRequest request = recorded("har-motion", "har_cnn1d.onnx", 40, 40);
        Thread.currentThread().interrupt();
        try {
            assertThatExceptionOfType(ProblemException.class)
                    .isThrownBy(() -> Compression.run(request, Progress.NONE))
                    .matches(thrown -> thrown.problem().code().equals("compress.cancelled"));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    private static CompressionRequest digits(long maxBytes) {
        return recorded("mnist-cnn", "mnist.onnx", 100, 400)
                .withRanges(List.of(RangeMethod.MINMAX))
                .withBudgets(new Budgets(10, OptionalLong.of(maxBytes), OptionalLong.empty(), OptionalDouble.empty()));
    }

    @Test
    void whereInt8IsTooLargeChannelsGoToo() {
        CompressionReport roomy = Compression.run(digits(100_000), Progress.NONE);
        assertThat(roomy.variants()).extracting(Variant::name).noneMatch(name -> name.startsWith("narrow"));
        long least = roomy.variants().stream().mapToLong(Variant::bytes).min().orElseThrow();

        CompressionReport tight = Compression.run(digits(least - 200), Progress.NONE);
        assertThat(tight.chosen()).as("%s", tight.variants()).startsWith("narrow-");
        assertThat(tight.chosenRow().status()).isIn(Status.PASSED, Status.SLOWER);
        assertThat(tight.chosenRow().bytes()).isLessThanOrEqualTo(least - 200);
        assertThat(tight.binding()).isNull();

        CompressionReport impossible = Compression.run(digits(1_000), Progress.NONE);
        assertThat(impossible.chosen()).isEqualTo("float");
        assertThat(impossible.binding().limit()).isEqualTo("size");
        assertThat(impossible.binding().reason()).startsWith("narrow-");
    }

    @Test
    void zerosAreMeasuredAndNeverChosen() {
        CompressionReport report = Compression.run(
                recorded("kws-dscnn", "kws_dscnn.onnx", 60, 100)
                        .withMethod(CompressionRequest.Method.PRUNE)
                        .withBudgets(Budgets.maxDrop(10)),
                Progress.NONE);
        List<Variant> sparse = report.variants().stream()
                .filter(row -> row.name().startsWith("sparse-"))
                .toList();
        assertThat(sparse)
                .extracting(Variant::name)
                .containsExactlyInAnyOrder(
                        "sparse-50-sparsegpt", "sparse-70-sparsegpt", "sparse-90-sparsegpt", "sparse-2of4-sparsegpt");
        assertThat(sparse).allMatch(row -> row.status() == Status.NO_GAIN || row.status() == Status.INACCURATE);
        assertThat(sparse)
                .extracting(Variant::bytes)
                .containsOnly(sparse.getFirst().bytes());
        assertThat(report.pareto()).noneMatch(name -> name.startsWith("sparse-"));
        assertThat(report.chosen()).doesNotStartWith("sparse-");
        assertThat(report.problems())
                .filteredOn(problem -> problem.code().equals("compress.sparse"))
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.why()).contains("sparse-90-sparsegpt: 8", "% zero", "deflated"));
    }

    @Test
    void whatCannotBeNarrowedSaysWhy() {
        Model model = Nets.net(
                13,
                new long[] {1, 4},
                new long[] {1, 3},
                List.of(Samples.gaussian("w", Samples.random(1), 4, 3)),
                Node.of("MatMul", List.of("x", "w"), List.of("y")));
        CompressionReport report = Compression.run(
                request(model, Samples.random(model, 40, 2), Samples.random(model, 40, 3))
                        .withMethod(CompressionRequest.Method.PRUNE),
                Progress.NONE);
        assertThat(report.chosen()).isEqualTo("float");
        assertThat(report.problems())
                .filteredOn(problem -> problem.code().equals("compress.nothing"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.what()).isEqualTo("no channel of this model can be removed"));
    }

    @Test
    void methodNoneMeasuresTheFloatModelOnly() {
        CompressionReport report = Compression.run(
                recorded("har-motion", "har_cnn1d.onnx", 40, 40).withMethod(CompressionRequest.Method.NONE),
                Progress.NONE);
        assertThat(report.variants()).hasSize(1);
        assertThat(report.toJson(null))
                .containsKeys("schema", "float", "variants", "chosen", "output")
                .containsEntry("schema", "skerry.compress/1")
                .containsEntry("chosen", "float")
                .containsEntry("output", null);
    }

    @Test
    void gateThatNothingPassesKeepsTheFloatModelAndSaysWhy() {
        CompressionReport report = Compression.run(
                recorded("resnet8-cifar10", "resnet8.onnx", 40, 60).withBudgets(Budgets.maxDrop(-50)), Progress.NONE);
        assertThat(report.chosen()).isEqualTo("float");
        assertThat(report.variants().stream().skip(1)).allMatch(row -> row.status() == Status.INACCURATE);
        assertThat(codes(report)).contains("compress.inaccurate");
    }
}
