package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ActionQueueTest {
    private final List<String> out = new ArrayList<>();
    private final ActionQueue<long[], String> queue = new ActionQueue<>(
            slots(4),
            new ActionQueue.Sink<>() {
                @Override
                public void decision(long cycle, long[] decision, Level level, String edition) {
                    out.add(cycle + "=" + decision[0]);
                }

                @Override
                public void standIn(long cycle, Level level, long lastGood, String edition) {
                    out.add(cycle + " " + level.label());
                }
            },
            true);

    private static long[][] slots(int count) {
        return new long[count][1];
    }

    @Test
    void answersComeOutInTheOrderOfCyclesEvenIfTheyWentInInAnother() {
        queue.standIn(1, Level.STAND_IN, 0, "v1");
        assertThat(queue.drain()).isFalse();
        queue.decision(0, new long[] {7}, Level.NOMINAL, "v1");

        drainAll();

        assertThat(out).containsExactly("0=7", "1 stand-in");
    }

    @Test
    void whatFindsTheQueueFullIsCountedAndTheRestGoesOn() {
        for (long cycle = 0; cycle < 6; cycle++) {
            queue.decision(cycle, new long[] {cycle}, Level.NOMINAL, "v1");
        }
        drainAll();
        queue.decision(6, new long[] {6}, Level.NOMINAL, "v1");
        drainAll();

        assertThat(out).containsExactly("0=0", "1=1", "2=2", "3=3", "6=6");
        assertThat(queue.lost()).isEqualTo(2);
    }

    @Test
    void aCycleWithoutAnAnswerHoldsUpNothing() {
        queue.decision(0, new long[] {5}, Level.NOMINAL, "v1");
        queue.silence(1);
        queue.decision(2, new long[] {6}, Level.NOMINAL, "v1");
        drainAll();

        assertThat(out).containsExactly("0=5", "2=6");
        assertThat(queue.lost()).isZero();
    }

    @Test
    void decisionsAreSwappedAndNeverShared() {
        long[] mine = {1};

        long[] free = queue.decision(0, mine, Level.NOMINAL, "v1");

        assertThat(free).isNotSameAs(mine);
        mine[0] = 1;
        free[0] = 2;
        drainAll();
        assertThat(out).containsExactly("0=1");
    }

    @Test
    void twoProducersAndAConsumerLoseNothingWhileThereIsRoom() throws InterruptedException {
        var seen = new ArrayList<Long>();
        var wide = new ActionQueue<>(
                slots(1 << 15),
                new ActionQueue.Sink<long[], String>() {
                    @Override
                    public void decision(long cycle, long[] decision, Level level, String edition) {
                        assertThat(decision[0]).isEqualTo(cycle);
                        seen.add(cycle);
                    }

                    @Override
                    public void standIn(long cycle, Level level, long lastGood, String edition) {
                        seen.add(cycle);
                    }
                },
                true);
        var claims = new Claims();
        int cycles = 20_000;
        Thread consumer = Daemon.of("consumer", wide);
        Thread watchdog = Daemon.of("watchdog", () -> {
            long cycle;
            while ((cycle = claims.next()) < cycles) {
                if (claims.claim(cycle)) {
                    wide.standIn(cycle, Level.SAFE, 0, "v1");
                }
                LockSupport.parkNanos(1_000);
            }
        });
        consumer.start();
        watchdog.start();
        long[] decision = {0};
        for (long cycle = 0; cycle < cycles; cycle++) {
            if (claims.claim(cycle)) {
                decision[0] = cycle;
                decision = wide.decision(cycle, decision, Level.NOMINAL, "v1");
            } else {
                cycle = Math.max(cycle, claims.next() - 1);
            }
        }
        watchdog.join();
        wide.finish(cycles);
        consumer.join();

        assertThat(seen)
                .containsExactlyElementsOf(LongStream.range(0, cycles).boxed().toList());
    }

    private void drainAll() {
        while (queue.drain()) {
            // until there is nothing left
        }
    }
}
