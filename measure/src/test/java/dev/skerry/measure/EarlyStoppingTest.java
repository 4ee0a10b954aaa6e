package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class EarlyStoppingTest {
    /** From LoadGen's {@code early_stopping.cc}, compiled: for each t the least number of queries. */
    private static final long[] OVER = {0, 1, 2, 3, 4, 5, 7, 10, 20, 50, 100, 200, 500, 1000};

    @Test
    void needsTheQueriesThatLoadGenNeeds() {
        assertQueries(0.5, 7, 11, 14, 17, 19, 22, 27, 35, 59, 128, 237, 451, 1078, 2108);
        assertQueries(0.9, 44, 64, 81, 97, 113, 127, 156, 197, 325, 681, 1246, 2337, 5518, 10_722);
        assertQueries(0.95, 90, 130, 165, 198, 229, 259, 316, 398, 656, 1372, 2504, 4691, 11_064, 21_483);
        assertQueries(0.97, 152, 219, 277, 332, 383, 433, 529, 667, 1097, 2293, 4182, 7831, 18_458, 35_831);
        assertQueries(0.99, 459, 662, 838, 1001, 1157, 1307, 1596, 2010, 3304, 6898, 12_571, 23_527, 55_427, 107_569);
        assertQueries(
                0.999, 4603, 6636, 8403, 10_042, 11_601, 13_105, 15_996, 20_140, 33_097, 69_058, 125_826, 235_427,
                554_510, 1_076_032);
    }

    private static void assertQueries(double percentile, long... queries) {
        for (int i = 0; i < queries.length; i++) {
            assertThat(EarlyStopping.leastQueries(OVER[i], percentile))
                    .as("p%s with %d over", percentile, OVER[i])
                    .isEqualTo(queries[i]);
        }
    }

    @Test
    void discardsWhatLoadGenDiscards() {
        assertThat(EarlyStopping.mostOver(43, 0.9)).isEqualTo(-1);
        assertThat(EarlyStopping.mostOver(44, 0.9)).isZero();
        assertThat(EarlyStopping.mostOver(64, 0.9)).isEqualTo(1);
        assertThat(EarlyStopping.mostOver(662, 0.9)).isEqualTo(48);
        assertThat(EarlyStopping.mostOver(1024, 0.9)).isEqualTo(80);
        assertThat(EarlyStopping.mostOver(24_576, 0.9)).isEqualTo(2348);
        assertThat(EarlyStopping.mostOver(270_336, 0.9)).isEqualTo(26_670);
        assertThat(EarlyStopping.mostOver(662, 0.99)).isEqualTo(1);
        assertThat(EarlyStopping.mostOver(1024, 0.99)).isEqualTo(3);
        assertThat(EarlyStopping.mostOver(24_576, 0.99)).isEqualTo(209);
        assertThat(EarlyStopping.mostOver(72_000, 0.99)).isEqualTo(658);
        assertThat(EarlyStopping.mostOver(270_336, 0.99)).isEqualTo(2583);
    }

    @Test
    void oneDirectionUndoesTheOther() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 300; i++) {
            double percentile = random.nextDouble(0.5, 0.999);
            long queries = 1 + random.nextLong(200_000);
            long over = EarlyStopping.mostOver(queries, percentile);
            if (over >= 0) {
                assertThat(EarlyStopping.leastQueries(over, percentile)).isLessThanOrEqualTo(queries);
            }
            assertThat(EarlyStopping.leastQueries(over + 1, percentile)).isGreaterThan(queries);
        }
    }

    @Test
    void takesTensOfMillionsOfQueries() {
        long over = EarlyStopping.mostOver(60_000_000, 0.9);
        assertThat(over).isBetween(5_980_000L, 6_000_000L);
    }

    @Test
    void knowsNoPercentileOfAllQueries() {
        assertThatIllegalArgumentException().isThrownBy(() -> EarlyStopping.leastQueries(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> EarlyStopping.leastQueries(-1, 0.9));
    }
}
