package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.measure.Proportion;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;

/** Models that repeat their inputs, so that what they answer is what the test gives them; the variant adds something to it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class EvaluationTest {
    private static final String VARIANT = "variant";

    private final List<Sample> samples = new ArrayList<>();

    private void sample(Truth truth, Tensor... inputs) {
        Map<String, Tensor> byName = new LinkedHashMap<>();
        for (int i = 0; i < inputs.length; i++) {
            byName.put("x" + i, inputs[i].withName("x" + i));
        }
        samples.add(new Sample("s" + samples.size(), byName, truth, false));
    }

    private void row(Truth truth, float... values) {
        sample(truth, Tensor.ofFloats("x0", new long[] {1, values.length}, values));
    }

    /** From x0, x1, … to y0, y1, …: the first with {@code added} on top. */
    private Model model(float... added) {
        Map<String, Tensor> inputs = samples.getFirst().inputs();
        var nodes = new ArrayList<Node>();
        var takes = new ArrayList<ValueInfo>();
        var gives = new ArrayList<ValueInfo>();
        for (int i = 0; i < inputs.size(); i++) {
            Tensor input = inputs.get("x" + i);
            takes.add(ValueInfo.of("x" + i, input.type(), input.shape()));
            gives.add(ValueInfo.of("y" + i, input.type(), input.shape()));
            nodes.add(
                    i == 0 && added.length > 0
                            ? Node.of("Add", List.of("x0", "w"), List.of("y0"))
                            : Node.of("Identity", List.of("x" + i), List.of("y" + i)));
        }
        List<Tensor> weights =
                added.length > 0 ? List.of(Tensor.ofFloats("w", new long[] {added.length}, added)) : List.of();
        return Model.of(Graph.of("net", nodes, weights, takes, gives), 17);
    }

    private Evaluation run(Judging judging, float... added) {
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, model());
        models.put(VARIANT, model(added));
        return Evaluation.run(models, new Samples(samples), Nets.SESSIONS, judging, "judging", Progress.NONE);
    }

    private ThrowableAssertAlternative<ProblemException> refuses(Judging judging, String code) {
        return assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(judging, 0).outcome(VARIANT))
                .matches(thrown -> thrown.problem().code().equals(code), code)
                .matches(thrown -> thrown.problem().kind() == Problem.Kind.USAGE
                        || thrown.problem().code().startsWith("measure."));
    }

    private static Truth label(int label) {
        return new Truth.Label(label);
    }

    @Test
    void topOneAndTopFiveClassByClass() {
        for (int i = 0; i < 40; i++) {
            // of class 0 all right; of class 1 every other one is narrowly right
            row(label(0), 9, 0, 0, 0, 0, 0);
            row(label(1), i % 2, 0.5f, 0, 0, 0, 0);
        }
        Evaluation evaluation = run(Judging.AUTO, 0.6f, 0, 0, 0, 0, 0);
        assertThat(evaluation.metricLabel()).isEqualTo("top-1");
        Outcome outcome = evaluation.outcome(VARIANT);
        assertThat(evaluation.outcome(Evaluation.FLOAT).value()).isEqualTo(75);
        assertThat(outcome.value()).isEqualTo(50);
        assertThat(outcome.drop()).isEqualTo(25);
        assertThat(outcome.interval()).isEqualTo(new Proportion(40, 80).wilson95());
        assertThat(outcome.dropInterval().low()).isBetween(10.0, 25.0);
        assertThat(evaluation.classes(VARIANT))
                .extracting(ClassResult::label, ClassResult::count, ClassResult::floatPercent, ClassResult::percent)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(0, 40L, 100.0, 100.0),
                        org.assertj.core.groups.Tuple.tuple(1, 40L, 50.0, 0.0));
        assertThat(evaluation.classes(VARIANT)).extracting(ClassResult::isHurt).containsExactly(false, true);
        assertThat(evaluation.classes(Evaluation.FLOAT).get(1).percent()).isNull();

        Evaluation five = run(Judging.by(Metric.TOP_5), 0.6f, 0, 0, 0, 0, 0);
        assertThat(five.outcome(VARIANT).value()).isEqualTo(100);
        assertThat(five.outcome(VARIANT).drop()).isZero();
    }

    @Test
    void areaAndF1OfOneScore() {
        for (int i = 0; i < 60; i++) {
            row(label(i % 3 == 0 ? 1 : 0), i % 3 == 0 ? 0.6f + i / 1000f : 0.4f + i / 1000f);
        }
        Evaluation area = run(Judging.AUTO, 0);
        assertThat(area.metricLabel()).isEqualTo("auc");
        assertThat(area.outcome(VARIANT).value()).isEqualTo(100);
        assertThat(area.outcome(VARIANT).dropInterval()).isEqualTo(new Interval(0, 0));
        // everything becomes class 1: 20 right, 40 false alarms
        Evaluation f1 = run(Judging.by(Metric.F1), 0.5f);
        assertThat(f1.outcome(Evaluation.FLOAT).value()).isEqualTo(100);
        assertThat(f1.outcome(VARIANT).value()).isCloseTo(50, within(1e-9));
        assertThat(f1.outcome(VARIANT).drop()).isCloseTo(50, within(1e-9));
        assertThat(f1.outcome(VARIANT).dropInterval().low()).isGreaterThan(20);
    }

    @Test
    void f1OfManyClassesIsTheMeanOverThem() {
        for (int i = 0; i < 30; i++) {
            row(label(i % 3), i % 3 == 0 ? 1 : 0, i % 3 == 1 ? 1 : 0, i % 3 == 2 ? 1 : 0);
        }
        Evaluation f1 = run(Judging.by(Metric.F1), 2, 0, 0);
        // only class 0 is named: F1 of 0.5, 0 and 0
        assertThat(f1.outcome(VARIANT).value()).isCloseTo(50 / 3.0, within(1e-9));
        assertThat(f1.classes(VARIANT)).extracting(ClassResult::percent).containsExactly(50.0, 0.0, 0.0);
    }

    @Test
    void anomalyIsHowFarTheOutputIsFromTheInput() {
        for (int i = 0; i < 20; i++) {
            row(label(i % 2), 1, 2, i % 2);
        }
        // an identity has no error anywhere, so no score tells the classes apart
        assertThat(run(Judging.by(Metric.AUC), 0, 0, 1).outcome(VARIANT).value())
                .isEqualTo(50);
    }

    @Test
    void rootMeanSquareErrorIsRelativeToFloats() {
        for (int i = 0; i < 50; i++) {
            float noise = (i % 5 - 2) * 0.5f;
            row(new Truth.Target(Tensor.ofFloats("t", new long[] {2}, i, -i)), i + noise, -i + noise);
        }
        Evaluation evaluation = run(Judging.AUTO, 1, 1);
        assertThat(evaluation.metricLabel()).isEqualTo("rmse");
        double root = Math.sqrt((1 + 0.25 + 0 + 0.25 + 1) / 5);
        assertThat(evaluation.outcome(Evaluation.FLOAT).value()).isCloseTo(root, within(1e-5));
        Outcome outcome = evaluation.outcome(VARIANT);
        double worse = Math.sqrt(root * root + 1);
        assertThat(outcome.value()).isCloseTo(worse, within(1e-5));
        assertThat(outcome.drop()).isCloseTo(100 * (worse / root - 1), within(1e-3));
        assertThat(outcome.dropInterval().contains(outcome.drop())).isTrue();
        assertThat(outcome.dropInterval().low()).isPositive();
        assertThat(evaluation.scale().dropUnit()).contains("%");
        // a variant that is better has a negative drop
        assertThat(run(Judging.AUTO, 0, 0).outcome(VARIANT).drop()).isZero();
    }

    @Test
    void targetsThatTheModelHitsExactlyAreNoMeasure() {
        for (int i = 0; i < 10; i++) {
            row(new Truth.Target(Tensor.ofFloats("t", new long[] {1}, i)), i);
        }
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> run(Judging.AUTO, 1).outcome(VARIANT))
                .withMessageContaining("no error at all");
    }

    @Test
    void masksOfScoresOrClasses() {
        for (int i = 0; i < 10; i++) {
            // two classes of 2 × 2 pixels: the left column is 1
            sample(
                    new Truth.Mask(Tensor.ofInts("m", new long[] {2, 2}, 1, 0, 1, 255)),
                    Tensor.ofFloats("x0", new long[] {1, 2, 2, 2}, 0, 1, 0, 1, 0.5f, 0, 0.5f, 0));
        }
        Evaluation evaluation = run(Judging.AUTO, 0);
        assertThat(evaluation.metricLabel()).isEqualTo("iou");
        assertThat(evaluation.outcome(VARIANT).value()).isEqualTo(100);
        // the void pixel doesn't count
        assertThat(evaluation.classes(VARIANT)).extracting(ClassResult::count).containsExactly(10L, 20L);
        samples.clear();
        for (int i = 0; i < 10; i++) {
            sample(
                    new Truth.Mask(Tensor.ofInts("m", new long[] {2, 2}, 1, 0, 1, 0)),
                    Tensor.ofFloats("x0", new long[] {1, 1, 2, 2}, 0.9f, 0.1f, 0.4f, 0.1f));
        }
        // class 1: one of two pixels, class 0: two of three
        assertThat(run(Judging.AUTO, 0).outcome(VARIANT).value()).isCloseTo(100 * (0.5 + 2 / 3.0) / 2, within(1e-9));
    }

    private static Truth boxes(float... rows) {
        return new Truth.Boxes(Tensor.ofFloats("boxes", new long[] {rows.length / 5, 5}, rows));
    }

    @Test
    void rowsOfDetections() {
        for (int i = 0; i < 12; i++) {
            sample(
                    boxes(0, 0, 10, 10, 1, 20, 20, 40, 40, 2, 0, 0, 0, 0, -1),
                    Tensor.ofFloats(
                            "x0", new long[] {3, 6}, 0, 0, 10, 10, 0.9f, 1, 20, 20, 40, 40, 0.8f, 2, 0, 0, 0, 0, 0, 0));
        }
        Evaluation evaluation = run(Judging.AUTO, 2, 0, 2, 0, 0, 0);
        assertThat(evaluation.metricLabel()).isEqualTo("map");
        assertThat(evaluation.outcome(Evaluation.FLOAT).value()).isEqualTo(100);
        // shifted by 2: overlaps of 80/120 and 360/440, right at 4 and at 7 of the ten thresholds
        assertThat(evaluation.outcome(VARIANT).value()).isCloseTo((40 + 70) / 2.0, within(1e-9));
        assertThat(evaluation.classes(VARIANT)).extracting(ClassResult::label).containsExactly(1, 2);
    }

    @Test
    void boxesAndScoresAreSuppressedAndReadInTheOrderThatFits() {
        for (int i = 0; i < 12; i++) {
            sample(
                    boxes(10, 20, 30, 60, 1),
                    // centres, and a second one that means the same
                    Tensor.ofFloats("x0", new long[] {1, 3, 4}, 20, 40, 20, 40, 21, 40, 20, 40, 80, 80, 10, 10),
                    Tensor.ofFloats("x1", new long[] {1, 3, 2}, 0, 0.9f, 0, 0.8f, 0, 0));
        }
        assertThat(run(Judging.AUTO, 0).outcome(VARIANT).value()).isEqualTo(100);
    }

    @Test
    void listsOfDetections() {
        sample(
                boxes(10, 20, 30, 60, 3),
                Tensor.ofFloats("x0", new long[] {1, 2, 4}, 20, 10, 60, 30, 0, 0, 0, 0),
                Tensor.ofFloats("x1", new long[] {1, 2}, 3, 0),
                Tensor.ofFloats("x2", new long[] {1, 2}, 0.7f, 0));
        assertThat(run(Judging.AUTO, 0).outcome(Evaluation.FLOAT).value()).isEqualTo(100);
    }

    @Test
    void boxesAndScoresInOneOutput() {
        float[] values = new float[6 * 8];
        float[] first = {20, 40, 20, 40, 0.1f, 0.9f};
        for (int k = 0; k < 6; k++) {
            values[k * 8 + 3] = first[k];
        }
        sample(boxes(10, 20, 30, 60, 1), Tensor.ofFloats("x0", new long[] {1, 6, 8}, values));
        assertThat(run(Judging.AUTO, 0).outcome(Evaluation.FLOAT).value()).isEqualTo(100);
    }

    @Test
    void outputsThatAreNoBoxesAreRefused() {
        sample(boxes(0, 0, 1, 1, 0), Tensor.ofFloats("x0", new long[] {1, 3}, 1, 2, 3));
        refuses(Judging.AUTO, "compress.detector")
                .withMessageContaining("y0 float[1×3]")
                .withMessageContaining("--evaluator");
    }

    @Test
    void wordsFromScoresOverTime() {
        List<String> alphabet = List.of("<blank>", "o", "n", "|");
        for (int i = 0; i < 10; i++) {
            // o o blank n | o n
            float[] scores = new float[7 * 4];
            int[] path = {1, 1, 0, 2, 3, 1, 2};
            for (int t = 0; t < 7; t++) {
                scores[t * 4 + path[t]] = 1;
            }
            sample(new Truth.Text("on no", alphabet), Tensor.ofFloats("x0", new long[] {1, 7, 4}, scores));
        }
        Evaluation evaluation = run(Judging.AUTO, 0, 2, 0, 0);
        assertThat(evaluation.metricLabel()).isEqualTo("wer");
        assertThat(evaluation.outcome(Evaluation.FLOAT).value()).isEqualTo(50);
        // all is one "o": both words are wrong
        assertThat(evaluation.outcome(VARIANT).value()).isEqualTo(100);
        assertThat(evaluation.outcome(VARIANT).drop()).isEqualTo(50);
    }

    @Test
    void textWithoutAnAlphabetCanNotBeReadFromScores() {
        sample(new Truth.Text("on", List.of()), Tensor.ofFloats("x0", new long[] {1, 7, 4}, new float[28]));
        refuses(Judging.AUTO, "compress.truth").withMessageContaining("alphabet");
    }

    @Test
    void metricsNeedTheirTruth() {
        row(Truth.UNKNOWN, 1, 2, 3);
        refuses(Judging.by(Metric.TOP_1), "compress.truth")
                .withMessageContaining("top-1 needs classes")
                .withMessageContaining("--metric agreement");
        assertThat(run(Judging.AUTO, 0, 0, 0).metric()).isEqualTo(Metric.AGREEMENT);
        samples.clear();
        row(label(1), 1, 2, 3);
        refuses(Judging.by(Metric.RMSE), "compress.truth").withMessageContaining("it has a class");
        row(Truth.UNKNOWN, 1, 2, 3);
        assertThat(run(Judging.AUTO, 0, 0, 0).metric()).isEqualTo(Metric.AGREEMENT);
    }

    @Test
    void metricsNeedTheirOutputs() {
        sample(label(0), Tensor.ofFloats("x0", new long[] {1, 2, 2, 2}, new float[8]));
        refuses(Judging.by(Metric.TOP_1), "compress.metric").withMessageContaining("one row of class scores");
        assertThat(run(Judging.AUTO, 0).metric()).isEqualTo(Metric.AGREEMENT);
        samples.clear();
        row(label(1), 0.3f);
        row(label(1), 0.4f);
        refuses(Judging.by(Metric.AUC), "measure.one-class");
        refuses(Judging.by(Metric.TOP_1), "compress.metric").withMessageContaining("--metric auc");
        assertThat(run(Judging.AUTO, 0).metric()).isEqualTo(Metric.AGREEMENT);
        assertThat(run(Judging.AUTO, 0).outcome(VARIANT).value()).isEqualTo(100);
    }

    @Test
    void truthThatDoesNotFitIsNamed() {
        row(label(3), 1, 2, 3);
        refuses(Judging.AUTO, "compress.label").withMessageContaining("labels go from 0 to 2");
        samples.clear();
        row(new Truth.Target(Tensor.ofFloats("t", new long[] {2}, 1, 2)), 1, 2, 3);
        refuses(Judging.AUTO, "compress.truth")
                .withMessageContaining("they have 2 values")
                .withMessageContaining("float[1×3]");
        samples.clear();
        sample(
                new Truth.Mask(Tensor.ofInts("m", new long[] {3, 2}, new int[6])),
                Tensor.ofFloats("x0", new long[] {1, 2, 2, 2}, new float[8]));
        refuses(Judging.AUTO, "compress.truth").withMessageContaining("[3×2]");
        samples.clear();
        sample(
                new Truth.Mask(Tensor.ofInts("m", new long[] {2, 2}, 0, 0, 0, 2)),
                Tensor.ofFloats("x0", new long[] {1, 2, 2, 2}, new float[8]));
        refuses(Judging.AUTO, "compress.label").withMessageContaining("label 2 of a model with 2 classes");
    }

    @Test
    void anAnswerThatIsNotANumberIsNamedWithItsCause() {
        row(label(0), 1, 2, 3);
        row(label(0), 1, Float.NaN, 3);
        refuses(Judging.AUTO, "compress.output-nan")
                .withMessageContaining("sample s1")
                .withMessageContaining("input 'x0' holds NaN");
        samples.clear();
        row(label(0), 1, 2, 3);
        // of a variant it is the variant's failure
        Evaluation evaluation = run(Judging.AUTO, 0, Float.NaN, 0);
        assertThat(evaluation.failures().get(VARIANT)).contains("not a number").contains("arises in the model");
    }

    @Test
    void aSampleOfTheWrongShapeIsNamed() {
        row(label(0), 1, 2, 3);
        row(label(0), 1, 2, 3, 4);
        refuses(Judging.AUTO, "runtime.input")
                .withMessageContaining("sample s1")
                .withMessageContaining("[1×3]")
                .withMessageContaining("[1×4]");
    }

    private static Evaluator says(Score reference, Score variant) {
        return (name, _) -> name.equals(Evaluation.FLOAT) ? reference : variant;
    }

    private static Score score(double value, long samples, Scale scale, Double... perSample) {
        return new Score("mine", value, samples, null, scale, List.of(perSample));
    }

    @Test
    void theUsersEvaluatorDecides() {
        row(Truth.UNKNOWN, 1, 2, 3);
        Evaluation counted =
                run(Judging.by(says(score(90, 100, Scale.PERCENT), score(85, 100, Scale.PERCENT))), 0, 0, 0);
        assertThat(counted.metricLabel()).isEqualTo("mine");
        assertThat(counted.metric().isLabelled()).isTrue();
        Outcome outcome = counted.outcome(VARIANT);
        assertThat(outcome.drop()).isEqualTo(5);
        assertThat(outcome.interval()).isEqualTo(new Proportion(85, 100).wilson95());
        // as of two independent sets: Newcombe's interval
        assertThat(outcome.dropInterval().low()).isCloseTo(-4.37, within(0.01));
        assertThat(outcome.dropInterval().high()).isCloseTo(14.41, within(0.01));
        assertThat(counted.of(VARIANT).agreementPercent()).isEqualTo(100);

        Outcome paired = run(
                        Judging.by(says(
                                score(75, 4, Scale.PERCENT, 100.0, 100.0, 100.0, 0.0),
                                score(50, 4, Scale.PERCENT, 100.0, 100.0, 0.0, 0.0))),
                        0,
                        0,
                        0)
                .outcome(VARIANT);
        assertThat(paired.drop()).isEqualTo(25);
        assertThat(paired.interval()).isEqualTo(new Proportion(2, 4).wilson95());

        var error = new Scale(false, true);
        Outcome relative = run(
                        Judging.by(says(score(2, 0, error, 1.0, 2.0, 3.0), score(3, 0, error, 2.0, 3.0, 4.0))), 0, 0, 0)
                .outcome(VARIANT);
        assertThat(relative.drop()).isEqualTo(50);
        assertThat(relative.dropInterval().low()).isGreaterThan(25);
        Outcome bare = run(Judging.by(says(score(2, 0, error), score(3, 0, error))), 0, 0, 0)
                .outcome(VARIANT);
        assertThat(bare.dropInterval()).isNull();
        assertThat(bare.interval()).isNull();
    }

    @Test
    void whereTheEvaluatorFailsOnAVariantItIsThatVariantsFailure() {
        row(Truth.UNKNOWN, 1, 2, 3);
        Evaluator moody = (name, _) -> {
            if (name.equals(VARIANT)) {
                throw Problem.usage("compress.evaluator", "it broke").toException();
            }
            return score(90, 100, Scale.PERCENT);
        };
        assertThat(run(Judging.by(moody), 0, 0, 0).failures().get(VARIANT)).contains("it broke");
        Evaluator broken = (_, _) -> {
            throw Problem.usage("compress.evaluator", "it broke").toException();
        };
        refuses(Judging.by(broken), "compress.evaluator");
    }

    @Test
    void whatCanNotBeJudgedIsKnownBeforeTheSearch() {
        row(label(1), 1, 2, 3);
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> Judging.by(Metric.MAP).tried(samples.getFirst(), model()))
                .withMessageContaining("map needs boxes");
        assertThat(Judging.AUTO.tried(samples.getFirst(), model())).isEqualTo(Judging.AUTO);
        var asked = new ArrayList<String>();
        Judging tried = Judging.by((variant, _) -> {
                    asked.add(variant);
                    return score(90, 100, Scale.PERCENT);
                })
                .tried(samples.getFirst(), model());
        run(tried, 0, 0, 0);
        // the float model once
        assertThat(asked).containsExactly(Evaluation.FLOAT, VARIANT);
    }

    @Test
    void wordsOfMetrics() {
        assertThat(Metric.of("top-5")).contains(Metric.TOP_5);
        assertThat(Metric.of("evaluator")).isEmpty();
        assertThat(Metric.words()).startsWith("auto", "top-1").contains("wer").doesNotContain("evaluator");
    }
}
