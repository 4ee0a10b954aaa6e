package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.LatencySummary;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class RowBudgetTest {
    private static final LatencySummary MANY = latency(100_000);

    @Test
    void thePercentileAtOrAboveCounts() {
        assertThat(new RowBudget(150, 50, 0).objection(MANY, null)).isNull();
        assertThat(new RowBudget(150, 75, 0).objection(MANY, null)).startsWith("its p90 of");
        assertThat(new RowBudget(350, 99, 0).objection(MANY, null)).isNull();
        assertThat(new RowBudget(350, 99.9, 0).objection(MANY, null)).startsWith("its p99.9 of");
        assertThat(new RowBudget(450, 99.99, 0).objection(MANY, null)).startsWith("its p100 of");
        assertThat(new RowBudget(450, 99.9, 0).objection(MANY, null)).isNull();
    }

    /** Of a hundred samples the 99.9th percentile is the largest one: it says nothing. */
    @Test
    void whatTheSamplesCantShowIsJudgedByWhatTheyCan() {
        assertThat(new RowBudget(350, 99.9, 0).objection(latency(100), null)).isNull();
        assertThat(new RowBudget(250, 99.9, 0).objection(latency(100), null)).startsWith("its p99 of");
        assertThat(new RowBudget(150, 99.9, 0).objection(latency(5), null)).isNull();
        assertThat(new RowBudget(50, 99.9, 0).objection(latency(5), null)).startsWith("its p50 of");
    }

    @Test
    void timesStandInTheUnitThatNeedsNoZeros() {
        assertThat(new RowBudget(5_000, 50, 0)
                        .objection(new LatencySummary(100, 1, 63_437, 63_437, 63_437, 63_437, 63_437, 1), null))
                .isEqualTo("its p50 of 63.4 µs is over the budget of 5.00 µs");
    }

    @Test
    void memoryThatWasntMeasuredIsntHeldAgainstARow() {
        var budget = new RowBudget(0, 100, 1_000_000);
        assertThat(budget.objection(MANY, null)).isNull();
        assertThat(budget.objection(MANY, 999_999L)).isNull();
        assertThat(budget.objection(MANY, 2_000_000L)).isEqualTo("its memory of 2.00 MB is over the budget of 1.00 MB");
        assertThat(RowBudget.NONE.objection(MANY, 2_000_000L)).isNull();
    }

    private static LatencySummary latency(long samples) {
        return new LatencySummary(samples, 50, 100, 200, 300, 400, 500, 120);
    }
}
