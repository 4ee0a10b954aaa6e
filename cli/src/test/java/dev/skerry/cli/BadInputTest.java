package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code skerry compress} says of input that it can't use: one message, a documented exit code, and nothing left behind. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BadInputTest {
    private static final int SAMPLES = 80;
    private static final int WIDE = 16;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model = Path.of("");
    private static Path samples = Path.of("");
    private Console console = new Console(Path.of(""));
    private Path out = Path.of("");

    @BeforeAll
    static void make() {
        model = OddModels.write(shared.resolve("model.onnx"), OddModels.classifier(13));
        samples = OddModels.samples(shared.resolve("samples.npz"), numbers(), OddModels.labels(SAMPLES));
    }

    @BeforeEach
    void open() {
        console = new Console(folder);
        out = folder.resolve("out/small.onnx");
        try {
            Files.createDirectories(out.getParent());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Tensor numbers() {
        return OddModels.random("x", 7, SAMPLES, WIDE);
    }

    private Path write(String name, Model odd) {
        return OddModels.write(folder.resolve(name), odd);
    }

    private Path write(String name, Tensor x, long... labels) {
        return OddModels.samples(folder.resolve(name), x, labels);
    }

    private int compress(Object... arguments) {
        var all = new ArrayList<Object>(List.of("compress"));
        all.addAll(List.of(arguments));
        if (!all.contains("-o")) {
            all.addAll(List.of("-o", out));
        }
        return console.run(all.toArray());
    }

    /** One problem of this code that says all of this, in words and as JSON, and no file but what was there. */
    private void refused(int exit, String code, List<String> said, Object... arguments) throws IOException {
        Files.deleteIfExists(out);
        assertThat(compress(arguments)).as(console.err()).isEqualTo(exit);
        assertThat(console.err().lines().filter(line -> line.startsWith("error: ")))
                .hasSize(1);
        assertThat(console.err()).contains(said).contains("(" + code + ")").doesNotContain("Exception", "\tat ");
        assertThat(console.out()).isEmpty();
        try (Stream<Path> left = Files.list(out.getParent())) {
            assertThat(left).isEmpty();
        }
        var json = new ArrayList<Object>(List.of(arguments));
        json.add("--json");
        assertThat(compress(json.toArray())).isEqualTo(exit);
        assertThat(console.json().path("code").asString()).isEqualTo(code);
        assertThat(console.json().path("exitCode").asInt()).isEqualTo(exit);
    }

    @Test
    void samplesOfAnotherShape() throws IOException {
        Path wide = write("wide.npz", OddModels.random("x", 7, SAMPLES, 17), OddModels.labels(SAMPLES));
        refused(
                2,
                "runtime.input",
                List.of("expected [1×16], found [1×17]", "sample wide.npz#", "input x", "skerry inspect"),
                model,
                "--eval",
                wide);
        // also where only those of calibration are so
        refused(2, "runtime.input", List.of("found [1×17]"), model, "--calibration", wide, "--eval", samples);
    }

    @Test
    void numbersThatTheModelsTypeCanNotHold() throws IOException {
        Path table = write(
                "table.onnx",
                Model.of(
                        Graph.of(
                                "net",
                                List.of(Node.of("Gather", List.of("t", "x"), List.of("y"))),
                                List.of(OddModels.random("t", 1, 50, 64)),
                                List.of(ValueInfo.of("x", DataType.INT64, Shape.of(1))),
                                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 64)))),
                        13));
        refused(
                2,
                "pipeline.source",
                List.of("'x' holds ", "and the model takes int64", "fractions.npz#0", "the array is float", "astype"),
                table,
                "--eval",
                write("fractions.npz", OddModels.random("x", 7, SAMPLES, 1), OddModels.labels(SAMPLES)));
    }

    @Test
    void inputsThatAreNoNumbers() throws IOException {
        float[] values = numbers().toFloats();
        float[] all = values.clone();
        Arrays.fill(all, Float.NaN);
        Path none = write("none.npz", Tensor.ofFloats("x", new long[] {SAMPLES, WIDE}, all), OddModels.labels(SAMPLES));
        refused(
                2,
                "compress.calibration-empty",
                List.of("there are no usable calibration samples", "all hold NaN or infinity"),
                model,
                "--calibration",
                none,
                "--eval",
                samples);
        values[40 * WIDE] = Float.POSITIVE_INFINITY;
        values[41 * WIDE] = Float.NaN;
        Path some =
                write("some.npz", Tensor.ofFloats("x", new long[] {SAMPLES, WIDE}, values), OddModels.labels(SAMPLES));
        refused(
                2,
                "compress.output-nan",
                List.of("is not a number", "sample some.npz#40", "input 'x' holds infinity", "leaving the sample out"),
                model,
                "--calibration",
                samples,
                "--eval",
                some);
        assertThat(compress(model, "--calibration", some, "--eval", samples, "--range", "minmax"))
                .isZero();
        assertThat(console.out())
                .contains("78 calibration and 80", "2 calibration samples hold NaN or infinity")
                .doesNotContain("doesn't run");
    }

    @Test
    void modelsThatMakeWhatIsNoNumber() throws IOException {
        refused(
                2,
                "compress.output-nan",
                List.of("output 'y' is not a number", "samples.npz#", "it arises in the model"),
                write("logits.onnx", OddModels.logits()),
                "--eval",
                samples);
        assertThat(compress(write("log.onnx", OddModels.logarithm()), "--eval", samples, "--range", "minmax"))
                .isZero();
        String said = console.out().replaceAll("\\s+", " ");
        assertThat(said).contains("2 activations reach NaN or infinity", "what reads or makes them stays float");
    }

    @Test
    void labelsThatAMetricNeeds() throws IOException {
        Path unlabelled = write("unlabelled.npz", numbers());
        refused(
                2,
                "compress.truth",
                List.of("top-1 needs classes", "unlabelled.npz#", "--metric agreement"),
                model,
                "--eval",
                unlabelled,
                "--metric",
                "top-1");
        Path pictures = folder.resolve("pictures");
        pictures(pictures);
        refused(
                2,
                "compress.truth",
                List.of("top-1 needs classes", ".png"),
                write("pictured.onnx", pictured()),
                "--calibration",
                pictures,
                "--metric",
                "top-1");
    }

    private static Model pictured() {
        return Model.of(
                Graph.of(
                        "net",
                        List.of(
                                Node.of(
                                        "Cast",
                                        List.of("x"),
                                        List.of("f"),
                                        Map.of("to", Attribute.of(DataType.FLOAT.code()))),
                                Node.of("Flatten", List.of("f"), List.of("g")),
                                Node.of("MatMul", List.of("g", "w"), List.of("y"))),
                        List.of(OddModels.random("w", 1, 192, 4)),
                        List.of(ValueInfo.of("x", DataType.UINT8, Shape.of(1, 8, 8, 3))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 4)))),
                13);
    }

    private static void pictures(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (int i = 0; i < 12; i++) {
            var image = new BufferedImage(8, 8, BufferedImage.TYPE_3BYTE_BGR);
            image.setRGB(i % 8, i / 8, 0xffffff);
            javax.imageio.ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
        }
    }

    @Test
    void aFolderOfSamplesNeedsNoLabelsToCalibrate() throws IOException {
        Path pictures = folder.resolve("pictures");
        pictures(pictures);
        assertThat(compress(write("pictured.onnx", pictured()), "--calibration", pictures, "--method", "none"))
                .isZero();
        assertThat(console.out()).contains("agreement with the float model", "try labelled samples");
        Files.createDirectories(folder.resolve("empty"));
        refused(
                2,
                "project.samples",
                List.of("of no kind that Skerry reads", "holds no JPEG"),
                model,
                "--calibration",
                folder.resolve("empty"),
                "--eval",
                samples);
    }

    @Test
    void labelsOutOfRange() throws IOException {
        long[] labels = OddModels.labels(SAMPLES);
        labels[33] = 99;
        Path high = write("high.npz", numbers(), labels);
        refused(
                2,
                "compress.label",
                List.of("label 99 of a model with 4 classes", "high.npz#33", "go from 0 to 3"),
                model,
                "--eval",
                high);
        // known before the search begins
        assertThat(console.err()).doesNotContain("calibrating");
        labels[33] = -3;
        refused(
                2,
                "pipeline.source",
                List.of("label -3 of sample 33", "low.npz"),
                model,
                "--eval",
                write("low.npz", numbers(), labels));
    }

    @Test
    void sizesThatTheModelLeavesOpen() throws IOException {
        Path batch = write("batch.onnx", OddModels.classifier(13, new Shape(List.of(Dim.of("N"), Dim.of(WIDE)))));
        assertThat(compress(batch, "--eval", samples, "--dim", "N=1", "--method", "none"))
                .isZero();
        assertThat(compress(batch, "--eval", samples, "--method", "none")).isZero();
        refused(2, "compress.dim", List.of("no dimension 'M'", "it has N"), batch, "--eval", samples, "--dim", "M=1");
        refused(2, "compress.dim", List.of("0 is not a size"), batch, "--eval", samples, "--dim", "N=0");
        refused(
                2,
                "compress.dim",
                List.of("--dim N=4 isn't the size of the samples", "[1×16] where the model has [N×16]", "--dim N=1"),
                batch,
                "--eval",
                samples,
                "--dim",
                "N=4");
        refused(2, "compress.dim", List.of("all sizes are given in it"), model, "--eval", samples, "--dim", "N=1");
        Path open = write("open.onnx", OddModels.classifier(13, new Shape(List.of(Dim.of(1), Dim.of("T")))));
        refused(
                2,
                "runtime.run",
                List.of("fails to run this model", "sample wide.npz#", "node first", "skerry inspect"),
                open,
                "--eval",
                write("wide.npz", OddModels.random("x", 7, SAMPLES, 17), OddModels.labels(SAMPLES)));
    }

    @Test
    void modelsThatAreQuantizedAlready() {
        quantized("qdq.onnx", OddModels.qdq(), "3 nodes in QDQ form");
        quantized("operators.onnx", OddModels.qoperator(), "1 node in operator form (QLinear…)");
        quantized("dynamic.onnx", OddModels.dynamic(), "2 nodes with dynamic scales");
        quantized("blocks.onnx", OddModels.blocks(), "1 node with weights in blocks (MatMulNBits)");
    }

    private void quantized(String name, Model odd, String said) {
        assertThat(compress(write(name, odd), "--eval", samples, "--range", "minmax"))
                .as(console.err())
                .isZero();
        assertThat(console.out().replaceAll("\\s+", " "))
                .contains("the model is quantized already", said, "try the float model that it was made from")
                .doesNotContain("no layers with weights");
    }

    @Test
    void operatorsOfSomebodysOwn() throws IOException {
        refused(
                2,
                "compress.operator",
                List.of("operators of its own", "node special (acme:Magic)", "without custom operators"),
                write("magic.onnx", OddModels.custom("acme", "Magic")),
                "--eval",
                samples);
        // one that the runtime has stays float, and the layers around it don't
        assertThat(compress(
                        write("gelu.onnx", OddModels.custom("com.microsoft", "Gelu")),
                        "--eval",
                        samples,
                        "--prefer",
                        "size",
                        "--max-drop",
                        "100",
                        "--range",
                        "minmax",
                        "--json"))
                .isZero();
        assertThat(console.json().path("chosen").asString()).isNotEqualTo("float");
    }

    @Test
    void damagedModels() throws IOException {
        byte[] whole = Files.readAllBytes(model);
        Path cut = Files.write(folder.resolve("cut.onnx"), Arrays.copyOf(whole, whole.length / 2));
        refused(
                2,
                "model.truncated",
                List.of("ends too early", "cut.onnx", "exporting it again"),
                cut,
                "--eval",
                samples);
        byte[] bent = whole.clone();
        bent[0] = (byte) 0xff;
        bent[1] = (byte) 0xff;
        Path broken = Files.write(folder.resolve("bent.onnx"), bent);
        assertThat(compress(broken, "--eval", samples)).isEqualTo(2);
        assertThat(console.err()).contains("bent.onnx", "exporting it again");
        refused(
                2,
                "model.empty",
                List.of("it is empty"),
                Files.createFile(folder.resolve("empty.onnx")),
                "--eval",
                samples);
        refused(
                2,
                "model.missing",
                List.of("no such file", "model.onnx"),
                shared.resolve("modl.onnx"),
                "--eval",
                samples);
    }

    @Test
    void filesThatHoldNoSamples() throws IOException {
        Path text = Files.writeString(folder.resolve("text.npz"), "these are no samples");
        refused(
                2,
                "model.file-kind",
                List.of("a text file, and an .npz archive is wanted", "text.npz"),
                model,
                "--eval",
                text);
        Path empty = Files.createFile(folder.resolve("empty.npz"));
        refused(2, "model.empty", List.of("it is empty", "empty.npz"), model, "--eval", empty);
        Path bare = folder.resolve("bare.npz");
        TensorFile.writeNpz(bare, Map.of());
        refused(
                2,
                "pipeline.source",
                List.of("none of the model's inputs", "arrays by the names [x]"),
                model,
                "--eval",
                bare);
        Path zero = write("zero.npz", Tensor.ofFloats("x", new long[] {0, WIDE}));
        refused(2, "pipeline.source", List.of("it holds no samples", "zero.npz"), model, "--eval", zero);
        Path one = write("one.npz", OddModels.random("x", 7, 1, WIDE), 1);
        refused(
                2,
                "compress.evaluation-empty",
                List.of("no samples to judge by", "the only sample calibrates", "at least 10"),
                model,
                "--eval",
                one);
        assertThat(compress(model, "--calibration", one, "--eval", one, "--range", "minmax", "--prefer", "size"))
                .isZero();
        assertThat(console.out().replaceAll("\\s+", " "))
                .contains("calibration used 1 sample only", "1 sample puts it between");
        refused(2, "compress.samples", List.of("no samples to calibrate with", "--eval"), model);
        refused(
                2,
                "project.samples",
                List.of("no samples here", "gone.npz"),
                model,
                "--eval",
                folder.resolve("gone.npz"));
    }

    @Test
    void modelsWithNothingToCompress() {
        Path four = write("four.npz", OddModels.random("x", 7, SAMPLES, 4), OddModels.labels(SAMPLES));
        assertThat(compress(write("none.onnx", OddModels.empty()), "--eval", four))
                .as(console.err())
                .isZero();
        assertThat(console.out()).contains("it has no layers with weights");
        assertThat(compress(write("weightless.onnx", OddModels.weightless()), "--eval", samples))
                .isZero();
        assertThat(console.out()).contains("it has no layers with weights");
    }

    @Test
    void outputsThatCanNotBeWritten() throws IOException {
        refused(
                4,
                "usage.unwritable",
                List.of("its folder doesn't exist", "--output"),
                model,
                "--eval",
                samples,
                "-o",
                out.resolve("no/small.onnx"));
        // a folder that even root can't write to
        refused(
                4,
                "usage.unwritable",
                List.of("its folder takes no new file", "/proc/small.onnx"),
                model,
                "--eval",
                samples,
                "-o",
                "/proc/small.onnx");
        refused(4, "usage.unwritable", List.of("it is a folder"), model, "--eval", samples, "-o", folder);
        refused(2, "compress.overwrite", List.of("a file that is read"), model, "--eval", samples, "-o", model);
        refused(2, "usage", List.of("name the same file"), model, "--eval", samples, "--report", out);
        assertThat(Files.size(model)).isPositive();
    }

    @Test
    void wordsThatAreNoOptions() throws IOException {
        refused(
                2,
                "usage",
                List.of("'tiny' is not a size such as 200KB"),
                model,
                "--eval",
                samples,
                "--max-size",
                "tiny");
        refused(
                2,
                "usage",
                List.of("'int9' is not one of", "--method int"),
                model,
                "--eval",
                samples,
                "--method",
                "int9");
        refused(
                2,
                "compress.keep-float",
                List.of("no node 'secnd'", "--keep-float second"),
                model,
                "--eval",
                samples,
                "--keep-float",
                "secnd");
        refused(
                2,
                "runtime.state",
                List.of("an output that the model doesn't have"),
                model,
                "--eval",
                samples,
                "--state",
                "q=x");
    }

    @Test
    void operatorSetsTooOldAndTooNew() throws IOException {
        assertThat(compress(write("old.onnx", OddModels.classifier(6)), "--eval", samples))
                .isZero();
        assertThat(console.out()).contains("the operator set is too old", "it is 6", "opset 13 or newer", "(float)");
        refused(
                2,
                "runtime.load",
                List.of("its opset 99 of ai.onnx is newer than", "or older"),
                write("new.onnx", OddModels.classifier(99)),
                "--eval",
                samples);
    }

    @Test
    void evaluatorsThatGiveNoAnswer() throws IOException {
        evaluator("exit 7", "ends with exit code 7", "it said: no data set here", "running it by hand");
        evaluator("kill -9 $$", "exit code 137, which is signal 9");
        evaluator("echo all went fine", "neither JSON nor a number", "it is: all went fine", "{\"accuracy\": 97.5");
        evaluator("true", "prints nothing");
        evaluator("sleep 60", "takes longer than 1 s", "a longer timeout");
        refused(
                2,
                "compress.evaluator",
                List.of("can't be started", "/no/such/program"),
                model,
                "--eval",
                samples,
                "--evaluator",
                "/no/such/program {model}");
        assertThat(console.err()).doesNotContain("calibrating");
    }

    private void evaluator(String does, String... said) throws IOException {
        Path script = Files.writeString(folder.resolve("evaluate.sh"), "echo no data set here >&2\n" + does + "\n");
        refused(
                2,
                "compress.evaluator",
                List.of(said),
                model,
                "--eval",
                samples,
                "--evaluator",
                "bash " + script,
                "--evaluator-timeout",
                "1");
    }

    @Test
    void anEvaluatorThatFailsForVariantsKeepsTheFloatModel() throws IOException {
        Path script = Files.writeString(folder.resolve("evaluate.sh"), """
                case "$1" in
                    *float.onnx) echo '{"accuracy": 93.5, "n": 400}' ;;
                    *weights*) kill -SEGV $$ ;;
                    *) echo 'NaN%' ;;
                esac
                """);
        assertThat(compress(model, "--eval", samples, "--range", "minmax", "--evaluator", "bash " + script))
                .isZero();
        String text = console.out().replaceAll("\\s+", " ");
        assertThat(text)
                .contains("signal 11", "it is: NaN%", "no variant could be run and judged")
                .doesNotContain("no variant stays within");
        assertThat(Files.mismatch(out, model)).isEqualTo(-1);
    }

    @Test
    void weightsOfMoreThanTwoGigabytes() throws IOException {
        Path large = folder.resolve("large.onnx");
        OddModels.writeLarge(large, 560_000_000L);
        refused(
                2,
                "model.too-large",
                List.of("models of 2 GiB and more are not compressed", "large.onnx", "2240"),
                large,
                "--eval",
                samples);
    }
}
