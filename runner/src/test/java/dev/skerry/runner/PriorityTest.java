package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Fallback;
import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several models in one cycle. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class PriorityTest {
    private static final long MILLI = 1_000_000;
    private final List<String> done = new ArrayList<>();
    private long now;

    /** 100 Hz, deadline 10 ms less a lead of 1 ms. */
    private final Schedule schedule = new Schedule(0, 100, 10 * MILLI, MILLI);

    private Lane lane(String name, long[] millis, long needMillis) {
        var levels = Levels.of(new Fallback("no " + name, null, 30 * MILLI, null, null, 1, 0), false);
        var work = new CycleWork() {
            private long cycle;

            @Override
            public Sensed sense(long cycle) {
                this.cycle = cycle;
                return Sensed.FRESH;
            }

            @Override
            public long capturedNanos() {
                return Feed.TIMELESS;
            }

            @Override
            public void infer() {
                now += millis[(int) cycle] * MILLI;
            }

            @Override
            public boolean read() {
                return true;
            }

            @Override
            public void decide(long cycle) {
                done.add(name + cycle);
            }

            @Override
            public void standIn(long cycle, Level level, long lastGood) {
                done.add(name + cycle + " " + level.label());
            }

            @Override
            public void silence(long cycle) {}
        };
        return new Lane(
                schedule,
                work,
                new Claims(),
                new Response(schedule, levels),
                new LoopRecord(),
                null,
                needMillis * MILLI);
    }

    private final Pacer pacer = new Pacer() {
        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public void pause(long untilNanos) {
            now = Math.max(now, untilNanos);
        }

        @Override
        public long spunNanos() {
            return 0;
        }
    };

    private void run(int cycles, Lane... lanes) {
        new DeadlineLoop(cycles, List.of(lanes), pacer, new NoEvidence(), new StopSignal(), new Grip()).run();
    }

    @Test
    void theFirstGoesFirstAndTheLastGivesWayWhereItDoesNotFit() {
        Lane obstacle = lane("obstacle", new long[] {2, 6, 2}, 3);
        Lane lane = lane("lane", new long[] {4, 4, 4}, 4);

        run(3, obstacle, lane);

        // after 6 ms of the first, the 4 ms of the second don't fit before 9 ms: its last decision stands in
        assertThat(done).containsExactly("obstacle0", "lane0", "obstacle1", "lane1 last-good", "obstacle2", "lane2");
        assertThat(obstacle.record().decisions).isEqualTo(3);
        assertThat(lane.record().decisions).isEqualTo(2);
        assertThat(lane.record().yielded).isEqualTo(1);
        assertThat(lane.response().transitions().from(0))
                .extracting(TransitionLog.Transition::reason)
                .containsExactly(Reason.NO_TIME, Reason.RECOVERED);
        assertThat(obstacle.response().transitions().from(0)).isEmpty();
    }

    @Test
    void theMostImportantOneNeverGivesWay() {
        Lane obstacle = lane("obstacle", new long[] {8, 8}, 20);

        run(2, obstacle);

        assertThat(done).containsExactly("obstacle0", "obstacle1");
    }

    /** Counts nothing. */
    private static final class NoEvidence implements Evidence {
        @Override
        public void sample() {}

        @Override
        public long onCpuNanos() {
            return 0;
        }

        @Override
        public long waitedNanos() {
            return 0;
        }

        @Override
        public long majorFaults() {
            return 0;
        }

        @Override
        public long minorFaults() {
            return 0;
        }

        @Override
        public long preemptions() {
            return 0;
        }

        @Override
        public long allocatedBytes() {
            return 0;
        }
    }
}
