package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.agent.Admission.Deadline;
import dev.skerry.problem.ProblemException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Who gets a turn, by a clock of the test's own. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class AdmissionTest {
    private static final long MILLI = 1_000_000;

    private final AtomicLong now = new AtomicLong();
    private final ServiceTime time = new ServiceTime();

    private Admission admission(int instances, int queued) {
        return new Admission(instances, queued, time, now::get);
    }

    private static void refused(String code, Runnable attempt) {
        assertThatThrownBy(attempt::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo(code));
    }

    @Test
    void withoutADeadlineAnyoneMayWait() {
        time.add(1000 * MILLI);
        Admission admission = admission(1, 0);
        admission.enter(Deadline.of(0, 0));
        assertThat(admission.inside()).isEqualTo(1);
        refused("serve.busy", () -> admission.enter(Deadline.of(0, 0)));
        admission.leave();
        admission.enter(Deadline.of(0, 0));
    }

    @Test
    void anInferenceThatTakesLongerThanWhatIsLeftIsNotBegun() {
        time.add(10 * MILLI);
        Admission admission = admission(1, 4);
        admission.enter(Deadline.of(0, 10_000));
        admission.leave();
        now.set(1 * MILLI);
        refused("serve.deadline", () -> admission.enter(Deadline.of(0, 10_000)));
        assertThat(admission.inside()).isZero();
        // one that took a second by chance changes nothing
        time.add(10 * MILLI);
        time.add(1000 * MILLI);
        admission.enter(Deadline.of(now.get(), 10_000));
    }

    @Test
    void thoseAheadCountToo() throws InterruptedException {
        time.add(10 * MILLI);
        Admission admission = admission(1, 4);
        admission.enter(Deadline.of(0, 0));
        var waiting = new CountDownLatch(1);
        Thread first = Thread.startVirtualThread(() -> {
            waiting.countDown();
            admission.enter(Deadline.of(0, 0));
            admission.leave();
        });
        waiting.await();
        while (admission.queued() == 0) {
            Thread.onSpinWait();
        }
        // one is inferring and one waits: 20 ms until the turn, and 10 ms
        refused("serve.deadline", () -> admission.enter(Deadline.of(0, 25_000)));
        admission.leave();
        first.join();
    }

    @Test
    void anEstimateThatIsTooHighIsTriedOnceASecond() {
        time.add(1000 * MILLI);
        Admission admission = admission(1, 4);
        refused("serve.deadline", () -> admission.enter(Deadline.of(0, 5_000)));
        now.set(1000 * MILLI);
        admission.enter(Deadline.of(now.get(), 5_000));
        admission.leave();
        refused("serve.deadline", () -> admission.enter(Deadline.of(now.get(), 5_000)));
        for (int i = 0; i < 40; i++) {
            time.add(MILLI);
        }
        admission.enter(Deadline.of(now.get(), 5_000));
    }

    @Test
    void timeoutsThatOverflow() {
        assertThat(Deadline.of(0, Long.MAX_VALUE).none()).isTrue();
        assertThat(Timeouts.header("99999999s")).isEqualTo(99_999_999_000_000L);
        assertThat(Timeouts.grpc("1n")).isEqualTo(1);
        refused("serve.request", () -> Timeouts.header("-5ms"));
        refused("serve.request", () -> Timeouts.header("50"));
        refused("serve.request", () -> Timeouts.grpc("999999999S"));
    }

    @Test
    void clientsThatAskTooOften() {
        var rates = new ClientRates(2, now::get);
        rates.take("a");
        rates.take("a");
        refused("serve.rate", () -> rates.take("a"));
        rates.take("b");
        now.addAndGet(500 * MILLI);
        rates.take("a");
        refused("serve.rate", () -> rates.take("a"));
        for (int i = 0; i < 30_000; i++) {
            rates.take("client " + i);
        }
    }
}
