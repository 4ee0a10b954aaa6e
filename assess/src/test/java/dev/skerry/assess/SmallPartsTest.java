package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class SmallPartsTest {
    @Test
    void findsTheHighestRateThatKeepsTheBound() {
        for (double limit : new double[] {3, 47.5, 900, 999}) {
            var search = new QpsSearch(1000);
            while (!search.isDone()) {
                double qps = search.next();
                search.tell(qps, qps <= limit);
            }
            assertThat(search.best()).isLessThanOrEqualTo(limit);
            assertThat(search.best()).isGreaterThan(limit > 20 ? limit * 0.95 : limit * 0.8);
            assertThat(search.probes()).isLessThanOrEqualTo(12);
        }
        var never = new QpsSearch(1000);
        while (!never.isDone()) {
            never.tell(never.next(), false);
        }
        assertThat(never.best()).isZero();
    }

    @Test
    void anObjectiveIsShownOnlyByEnoughQueries() {
        LatencyObjective objective = LatencyObjective.parse(" p99.9 < 50ms ");
        assertThat(objective.limitNanos()).isEqualTo(50_000_000);
        long[] fine = new long[3000];
        assertThat(objective.judge(fine).state()).isEqualTo(LatencyObjective.State.KEPT);
        assertThat(objective.judge(Arrays.copyOf(fine, 2900)).state()).isEqualTo(LatencyObjective.State.OPEN);
        fine[7] = 50_000_000;
        assertThat(objective.judge(fine).state()).isEqualTo(LatencyObjective.State.OPEN);
        assertThat(LatencyObjective.parse("p99.9<=50ms").judge(fine).state()).isEqualTo(LatencyObjective.State.KEPT);
        Arrays.fill(fine, 0, 4, 60_000_000);
        LatencyObjective.Outcome broken = objective.judge(fine);
        assertThat(broken.state()).isEqualTo(LatencyObjective.State.BROKEN);
        assertThat(broken.describe()).isEqualTo("broken: 5 of 3,000 over it, and 0.1 % is allowed");
        assertThat(broken.upper95()).isGreaterThan(5.0 / 3000);
    }

    @Test
    void atMostMeansAll() {
        LatencyObjective objective = LatencyObjective.parse("max<20us");
        assertThat(objective.judge(new long[] {19_999, 3}).state()).isEqualTo(LatencyObjective.State.KEPT);
        assertThat(objective.judge(new long[] {20_000, 3}).state()).isEqualTo(LatencyObjective.State.BROKEN);
        assertThat(LatencyObjective.parse("p100 <= 20µs").share()).isEqualTo(1);
    }

    @Test
    void whatIsNoObjectiveIsRefused() {
        for (String text : new String[] {"", "p99", "p99>5ms", "p0<5ms", "p101<5ms", "p99<5", "p99<0ms", "q99<5ms"}) {
            assertThatThrownBy(() -> LatencyObjective.parse(text)).as(text).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void memoryIsFromTheResetOfThePeakOn(@TempDir Path process) throws IOException {
        Files.writeString(process.resolve("status"), "Name:\tjava\nVmHWM:\t  200000 kB\nVmRSS:\t  100000 kB\n");
        MemoryUse.Begun begun = MemoryUse.begin(process);
        assertThat(Files.readString(process.resolve("clear_refs"))).isEqualTo("5");
        Files.writeString(process.resolve("status"), "VmHWM:\t  130000 kB\nVmRSS:\t  120000 kB\n");
        assertThat(begun.end()).hasValueSatisfying(use -> {
            assertThat(use.grownBytes()).isEqualTo(30_000L * 1024);
            assertThat(use.sinceStart()).isFalse();
        });
        Files.delete(process.resolve("clear_refs"));
        Files.createDirectory(process.resolve("clear_refs"));
        assertThat(MemoryUse.begin(process).end())
                .hasValueSatisfying(use -> assertThat(use.sinceStart()).isTrue());
        assertThat(MemoryUse.begin(process.resolve("none")).end()).isEmpty();
    }

    @Test
    void numbersStayInOrderOverPieces() {
        var log = new NumberLog();
        for (int i = 0; i < 150_000; i++) {
            log.add(i);
        }
        long[] all = log.toArray();
        assertThat(all).hasSize(150_000);
        assertThat(log.size()).isEqualTo(150_000);
        assertThat(all[65_536]).isEqualTo(65_536);
        assertThat(all[149_999]).isEqualTo(149_999);
    }
}
