package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runner.MissLog.Answer;
import dev.skerry.runner.MissLog.Kind;
import dev.skerry.runner.MissLog.Missed;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttributionTest {
    private static final long MILLI = 1_000_000;
    private static final Schedule SCHEDULE = new Schedule(0, 100, 5 * MILLI, 0);

    /** Release 1 is at 10 ms, its deadline at 15 ms; the decision was there at 17 ms: 2 ms over. */
    private static Missed missed(Kind kind, long wakeMillis, long onCpuMillis, long waitedMillis, long majorFaults) {
        return new Missed(
                1,
                kind,
                Answer.FALLBACK,
                7 * MILLI,
                wakeMillis * MILLI,
                5 * MILLI,
                onCpuMillis * MILLI,
                waitedMillis * MILLI,
                majorFaults,
                0,
                0);
    }

    private static MissCause cause(Missed missed, SafepointLog safepoints, List<Stoppage> steals) {
        return new Attribution(SCHEDULE, safepoints, steals)
                .attribute(List.of(missed))
                .getFirst()
                .cause();
    }

    private static MissCause cause(Missed missed) {
        return cause(missed, SafepointLog.UNKNOWN, List.of());
    }

    @Test
    void eachCauseIsFoundByItsEvidence() {
        var pause = new Stoppage(11 * MILLI, 13 * MILLI, 2 * MILLI);
        var collection = new SafepointLog(true, List.of(pause), List.of(pause));
        var safepoint = new SafepointLog(true, List.of(pause), List.of());
        Missed plain = missed(Kind.LATE, 0, 3, 0, 0);

        assertThat(cause(plain, collection, List.of())).isEqualTo(MissCause.COLLECTION);
        assertThat(cause(plain, safepoint, List.of())).isEqualTo(MissCause.SAFEPOINT);
        assertThat(cause(missed(Kind.LATE, 0, 3, 2, 0))).isEqualTo(MissCause.PREEMPTED);
        assertThat(cause(plain, SafepointLog.UNKNOWN, List.of(new Stoppage(0, 100 * MILLI, 10 * MILLI))))
                .isEqualTo(MissCause.STOLEN);
        assertThat(cause(missed(Kind.LATE, 0, 6, 0, 0))).isEqualTo(MissCause.OWN_CODE);
        assertThat(cause(missed(Kind.LATE, 0, 3, 0, 2))).isEqualTo(MissCause.PAGE_FAULT);
        assertThat(cause(missed(Kind.LATE, 3, 3, 0, 0))).isEqualTo(MissCause.LATE_WAKE);
        assertThat(cause(missed(Kind.FAILED, 0, 6, 0, 0))).isEqualTo(MissCause.FAILURE);
    }

    @Test
    void withoutEvidenceAMissStaysUnattributed() {
        assertThat(cause(missed(Kind.LATE, 1, 2, 1, 0))).isEqualTo(MissCause.UNATTRIBUTED);
    }

    @Test
    void whereSeveralTogetherFillTheCycleTheLargestIsTheCause() {
        assertThat(cause(missed(Kind.LATE, 1, 4, 1, 0))).isEqualTo(MissCause.OWN_CODE);
    }

    @Test
    void aPauseBeforeTheReleaseIsNoCause() {
        var before = new Stoppage(5 * MILLI, 10 * MILLI, 5 * MILLI);

        assertThat(cause(missed(Kind.LATE, 0, 2, 0, 0), new SafepointLog(true, List.of(before), List.of()), List.of()))
                .isEqualTo(MissCause.UNATTRIBUTED);
    }

    @Test
    void releasesThatWentByHaveTheCauseOfTheMissThatKeptTheLoopBusy() {
        Missed root = missed(Kind.LATE, 0, 1, 2, 0);
        Missed next = new Missed(2, Kind.BUSY, Answer.FALLBACK, 6 * MILLI, 6 * MILLI, 0, 0, 0, 0, 0, 0);
        Missed alone = new Missed(9, Kind.BUSY, Answer.FALLBACK, 6 * MILLI, 6 * MILLI, 0, 0, 0, 0, 0, 0);

        assertThat(new Attribution(SCHEDULE, SafepointLog.UNKNOWN, List.of()).attribute(List.of(root, next, alone)))
                .extracting(Attribution.Attributed::cause)
                .containsExactly(MissCause.PREEMPTED, MissCause.PREEMPTED, MissCause.LATE_WAKE);
    }
}
