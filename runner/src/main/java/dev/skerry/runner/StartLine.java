package dev.skerry.runner;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Where the threads of a run that keep a priority of their own wait for each other, and then for its times. */
final class StartLine {
    private final CountDownLatch missing;
    private final List<Integer> threads = new CopyOnWriteArrayList<>();
    private final CompletableFuture<List<Lane>> lanes = new CompletableFuture<>();

    StartLine(int threads) {
        missing = new CountDownLatch(threads);
    }

    /** On such a thread: it is ready, and waits for the times of the run. */
    List<Lane> lineUp() {
        threads.add(Privileges.threadId());
        missing.countDown();
        return lanes.join();
    }

    /** One of them will never come: nobody waits any longer for it, and those that wait end. */
    void giveUp(Throwable failure) {
        lanes.completeExceptionally(failure);
        while (missing.getCount() > 0) {
            missing.countDown();
        }
    }

    /** The numbers of the threads, when all are ready or one never will be. */
    List<Integer> awaitAll() {
        try {
            missing.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        return threads;
    }

    /** Lets them go. */
    void start(List<Lane> known) {
        lanes.complete(known);
    }
}
