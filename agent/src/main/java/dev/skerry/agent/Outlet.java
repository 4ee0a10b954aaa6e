package dev.skerry.agent;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decisions on their way to one place on the network. What can't leave now waits in memory, up to a limit; then the oldest are
 * lost and counted. Never makes the one who offers wait.
 */
final class Outlet implements AutoCloseable {
    static final int MOST_WAITING = 10_000;
    static final long MOST_BYTES = 16L << 20;
    private static final long FLUSH_NANOS = 5_000_000_000L;
    private static final long IDLE_NANOS = 50_000_000;

    private final String name;
    private final Sender sender;
    private final int batch;
    private final AgentContext context;
    private final Attempts attempts;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private final Object lock = new Object();
    private long waitingBytes;
    private int underway;
    private long sent;
    private long lost;
    private long refused;
    private @Nullable Problem trouble;

    /** The way to the place. */
    interface Sender extends AutoCloseable {
        /**
         * Brings all of them there, in their order.
         *
         * @return why the place will never take them; null where it took them
         * @throws ProblemException where they should be brought again later
         */
        @Nullable
        Problem send(List<byte[]> records) throws InterruptedException;

        @Override
        void close();
    }

    /**
     * What has become of decisions.
     *
     * @param lost those that waited too long, and those that were left at the end
     * @param refused those that the place never takes
     */
    record Counts(
            String name,
            long sent,
            long waiting,
            long lost,
            long refused,
            @Nullable Problem trouble) {}

    Outlet(String name, Sender sender, int batch, Backoff backoff, AgentContext context) {
        this.name = name;
        this.sender = sender;
        this.batch = batch;
        this.context = context;
        this.attempts =
                new Attempts("skerry-" + name.split(" ", 2)[0] + "-action", backoff, this::troubled, this::work);
    }

    void start() {
        attempts.start();
    }

    void offer(byte[] record) {
        synchronized (lock) {
            waiting.addLast(record);
            waitingBytes += record.length;
            trim();
            lock.notifyAll();
        }
    }

    private void trim() {
        while (waiting.size() > MOST_WAITING || waitingBytes > MOST_BYTES) {
            waitingBytes -= waiting.removeFirst().length;
            lost++;
        }
    }

    private void work(Attempts life) throws InterruptedException {
        while (!life.closed()) {
            List<byte[]> records = take();
            if (records.isEmpty()) {
                continue;
            }
            boolean done = false;
            try {
                Problem refusal = sender.send(records);
                done = true;
                life.succeeded();
                finished(records.size(), refusal);
            } finally {
                if (!done) {
                    giveBack(records);
                }
            }
        }
    }

    private List<byte[]> take() throws InterruptedException {
        synchronized (lock) {
            long end = context.nanoTime().getAsLong() + IDLE_NANOS;
            while (waiting.isEmpty() && context.nanoTime().getAsLong() < end) {
                lock.wait(IDLE_NANOS / 1_000_000);
            }
            var records = new ArrayList<byte[]>();
            while (records.size() < batch && !waiting.isEmpty()) {
                byte[] record = waiting.removeFirst();
                waitingBytes -= record.length;
                records.add(record);
            }
            underway = records.size();
            return records;
        }
    }

    private void finished(int count, @Nullable Problem refusal) {
        boolean back;
        long left;
        synchronized (lock) {
            underway = 0;
            if (refusal == null) {
                sent += count;
            } else {
                refused += count;
            }
            back = refusal == null && trouble != null;
            left = waiting.size();
            if (back) {
                trouble = null;
            }
            lock.notifyAll();
        }
        if (refusal != null) {
            troubled(refusal);
        } else if (back) {
            context.listener().happened(new AgentEvent.ActionBack(name, left));
        }
    }

    private void giveBack(List<byte[]> records) {
        synchronized (lock) {
            underway = 0;
            for (byte[] record : records.reversed()) {
                waiting.addFirst(record);
                waitingBytes += record.length;
            }
            trim();
        }
    }

    private void troubled(Problem problem) {
        boolean news;
        synchronized (lock) {
            news = trouble == null || !trouble.toString().equals(problem.toString());
            trouble = problem;
        }
        if (news) {
            context.listener().happened(new AgentEvent.ActionTrouble(name, problem));
        }
    }

    Counts counts() {
        synchronized (lock) {
            return new Counts(name, sent, waiting.size() + underway, lost, refused, trouble);
        }
    }

    /** Gives what waits some seconds to leave, unless the place is known not to answer; the rest is lost. */
    @Override
    public void close() {
        long end = context.nanoTime().getAsLong() + FLUSH_NANOS;
        try {
            synchronized (lock) {
                while (!(waiting.isEmpty() && underway == 0)
                        && trouble == null
                        && context.nanoTime().getAsLong() < end) {
                    lock.wait(IDLE_NANOS / 1_000_000);
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        attempts.close();
        sender.close();
        synchronized (lock) {
            lost += waiting.size();
            waiting.clear();
            waitingBytes = 0;
        }
    }
}
