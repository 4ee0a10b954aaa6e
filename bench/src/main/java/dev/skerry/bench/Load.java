package dev.skerry.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Closed-loop load. */
final class Load {
    private static final int MOST = 2_000_000;

    private Load() {}

    /** One request and its answer. */
    interface Call {
        void run() throws Exception;
    }

    /** @param nanos of all calls, sorted */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere
    record Result(long[] nanos, double seconds) {
        double perSecond() {
            return nanos.length / seconds;
        }

        double micros(double quantile) {
            return nanos[(int) Math.min(nanos.length - 1L, (long) (nanos.length * quantile))] / 1e3;
        }
    }

    /** As many loops as connections, each with a call of its own, for so long. */
    static Result closedLoop(int connections, double seconds, Callable<Call> connection) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(connections)) {
            var together = new CyclicBarrier(connections);
            List<Future<long[]>> loops = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Call call = connection.call();
                loops.add(threads.submit(() -> {
                    together.await();
                    return loop(call, (long) (seconds * 1e9));
                }));
            }
            long[] all = new long[0];
            for (Future<long[]> loop : loops) {
                long[] one = loop.get();
                int before = all.length;
                all = Arrays.copyOf(all, before + one.length);
                System.arraycopy(one, 0, all, before, one.length);
            }
            Arrays.sort(all);
            return new Result(all, seconds);
        }
    }

    private static long[] loop(Call call, long duration) throws Exception {
        long[] nanos = new long[1024];
        int count = 0;
        long start = System.nanoTime();
        for (long at = start; at - start < duration && count < MOST; ) {
            call.run();
            long now = System.nanoTime();
            if (count == nanos.length) {
                nanos = Arrays.copyOf(nanos, count * 2);
            }
            nanos[count++] = now - at;
            at = now;
        }
        return Arrays.copyOf(nanos, count);
    }
}
