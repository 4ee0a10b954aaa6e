package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BudgetVerdictTest {
    @Test
    void aShortRunWithoutMissesShowsNothing() {
        assertThat(BudgetVerdict.of(99.9, 0, 150)).isEqualTo(BudgetVerdict.OPEN);
        assertThat(BudgetVerdict.of(99.9, 0, 0)).isEqualTo(BudgetVerdict.OPEN);
    }

    @Test
    void threeThousandCyclesWithoutAMissKeepThreeNines() {
        assertThat(BudgetVerdict.of(99.9, 0, 3000)).isEqualTo(BudgetVerdict.KEPT);
        assertThat(BudgetVerdict.of(99.9, 1, 3000)).isEqualTo(BudgetVerdict.OPEN);
    }

    @Test
    void aRateClearlyAboveBreaksIt() {
        assertThat(BudgetVerdict.of(99.9, 20, 3000)).isEqualTo(BudgetVerdict.BROKEN);
        assertThat(BudgetVerdict.of(100, 1, 10)).isEqualTo(BudgetVerdict.BROKEN);
        assertThat(BudgetVerdict.of(100, 0, 10)).isEqualTo(BudgetVerdict.KEPT);
    }
}
