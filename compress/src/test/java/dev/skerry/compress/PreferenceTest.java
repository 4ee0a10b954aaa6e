package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionRequest.Goal;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PreferenceTest {
    private static final Preference.Point FLOAT = point("float", Status.REFERENCE, 1000, 1.0, 90, 99);
    private static final Preference.Point FAST = point("fast", Status.PASSED, 400, 0.5, 89.8, 20);
    private static final Preference.Point TRUER = point("truer", Status.PASSED, 410, 0.51, 89.9, 30);
    private static final Preference.Point SMALL = point("small", Status.SLOWER, 200, 1.5, 89.7, 25);
    private static final Preference.Point WRONG = point("wrong", Status.INACCURATE, 100, 0.1, 50, 1);
    private static final List<Preference.Point> ALL = List.of(FLOAT, FAST, TRUER, SMALL, WRONG);

    private static Preference.Point point(
            String name, Status status, long bytes, double ratio, double accuracy, double sqnr) {
        return new Preference.Point(name, name, status, bytes, ratio, accuracy, true, sqnr);
    }

    @Test
    void ofThoseAboutAsFastAndAsSmallTheTruestIsTaken() {
        assertThat(Preference.best(ALL, Goal.SPEED, true, false)).contains(TRUER);
    }

    @Test
    void aSlowerOneIsTakenOnlyWhereSizeIsTheGoalOrFloatDoesNotFit() {
        assertThat(Preference.best(ALL, Goal.SIZE, true, true)).contains(SMALL);
        assertThat(Preference.best(List.of(FLOAT, SMALL), Goal.SPEED, true, false))
                .isEmpty();
        assertThat(Preference.best(List.of(FLOAT, SMALL), Goal.SPEED, true, true))
                .contains(SMALL);
    }

    @Test
    void noiseBetweenVariantsOfTheSameKernelsDoesNotDecide() {
        var lucky = new Preference.Point("lucky", "int8", Status.PASSED, 400, 0.50, 89, true, 10);
        var unlucky = new Preference.Point("unlucky", "int8", Status.PASSED, 400, 0.58, 90, true, 40);
        assertThat(Preference.best(List.of(FLOAT, lucky, unlucky), Goal.SPEED, true, false))
                .contains(unlucky);
    }

    @Test
    void whatCertainlyKeepsTheGateComesBeforeWhatIsTruer() {
        var open = new Preference.Point("open", "int8", Status.PASSED, 400, 0.5, 89.4, false, 30);
        assertThat(Preference.best(List.of(FLOAT, FAST, open), Goal.SPEED, true, false))
                .contains(FAST);
        var fast = new Preference.Point("fast", "int8", Status.PASSED, 400, 0.5, 89.8, false, 20);
        assertThat(Preference.best(List.of(FLOAT, fast, open), Goal.SPEED, true, false))
                .contains(open);
    }

    @Test
    void theFrontHasNoPointThatAnotherBeatsInEverything() {
        var beaten = point("beaten", Status.PASSED, 420, 0.6, 89.8, 20);
        assertThat(Preference.pareto(List.of(FLOAT, FAST, TRUER, SMALL, beaten)))
                .containsExactly("float", "fast", "truer", "small");
    }

    @Test
    void limitsNameWhatBreaksThem() {
        var budgets = new Budgets(1, OptionalLong.of(300), OptionalLong.of(64), OptionalDouble.of(10));
        assertThat(budgets.broken(300, OptionalLong.of(64), OptionalDouble.of(10)))
                .isEmpty();
        assertThat(budgets.broken(301, OptionalLong.of(65), OptionalDouble.of(10.5)))
                .extracting(Budgets.Broken::limit)
                .containsExactly("size", "ram", "latency");
        assertThat(budgets.broken(1, OptionalLong.empty(), OptionalDouble.empty()))
                .isEmpty();
    }
}
