package dev.skerry.assess;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Answers in a time of its own choice, by a clock that nothing else moves but waiting. One instance. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class FakeSystem implements SystemUnderTest {
    final AtomicLong clock = new AtomicLong(1_000_000_000_000L);
    final List<Integer> asked = new ArrayList<>();
    private final int batch;

    FakeSystem(int batch) {
        this.batch = batch;
    }

    /** Nanoseconds for the answer to the n-th query, counted from 0. */
    long takes(int query) {
        return 1_000_000;
    }

    private int query;

    @Override
    public int instances() {
        return 1;
    }

    @Override
    public int batch() {
        return batch;
    }

    @Override
    public void answer(int instance, int[] samples, int from, int to) {
        for (int i = from; i < to; i++) {
            asked.add(samples[i]);
        }
        clock.addAndGet(takes(query++));
    }

    @Override
    public void account(int instance, long issuedNanos, long doneNanos) {}

    @Override
    public void close() {}

    LoadGenerator generator() {
        return generator(1 << 20);
    }

    LoadGenerator generator(int mostQueries) {
        return new LoadGenerator(clock::get, due -> clock.accumulateAndGet(due, Math::max), () -> false, mostQueries);
    }
}
