package dev.skerry.agent;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** Reads bodies of requests, and keeps what all of them and their answers hold together within bounds. */
final class Bodies {
    private static final int CHUNK = 64 << 10;
    private static final long MOST_LINGERED = 16 << 20;
    private static final long LINGER_NANOS = 1_000_000_000;

    private final Limits limits;
    private final Connections connections;
    private final LongSupplier nanoTime;
    private final AtomicLong held = new AtomicLong();

    Bodies(Limits limits, Connections connections, LongSupplier nanoTime) {
        this.limits = limits;
        this.connections = connections;
        this.nanoTime = nanoTime;
    }

    /** What one request holds, its answer with it, until it is closed. Takes the bytes that are about to be had, or refuses them. */
    final class Held implements AutoCloseable, LongConsumer {
        private final Connections.Ends ends;
        private long bytes;

        private Held(Connections.Ends ends) {
            this.ends = ends;
        }

        @Override
        public void accept(long count) {
            if (held.addAndGet(count) > limits.heldBytes()) {
                held.addAndGet(-count);
                throw Problem.environment("serve.memory", "the requests under way take as much memory as they may")
                        .because("together " + limits.heldBytes() + " bytes")
                        .attempt("again a little later, or fewer large requests at once")
                        .toException();
            }
            bytes += count;
        }

        @Override
        public void close() {
            held.addAndGet(-bytes);
            bytes = 0;
        }
    }

    /** That bytes are about to come from a client or to go to it: one that takes too long loses its connection. */
    Connections.Transfer transfer(Connections.Ends ends) {
        return connections.transfer(ends);
    }

    /** @param ends of the connection that the request comes on */
    Held holding(Connections.Ends ends) {
        return new Held(ends);
    }

    /**
     * All of a body.
     *
     * @param announced its length, where the client says it
     * @throws ProblemException with code {@code serve.too-large}, {@code serve.memory}, or {@code serve.slow} where it takes
     *     longer than a request may
     */
    byte[] all(InputStream in, OptionalLong announced, Held holder) {
        try (Connections.Transfer _ = transfer(holder.ends)) {
            return read(in, announced, holder);
        }
    }

    private byte[] read(InputStream in, OptionalLong announced, Held holder) {
        long start = nanoTime.getAsLong();
        if (announced.isPresent()) {
            byte[] body = room(announced.getAsLong(), holder);
            int read = fill(in, body, 0, start);
            if (read < body.length) {
                throw cut(body.length, read).toException();
            }
            return body;
        }
        byte[] body = new byte[0];
        int size = 0;
        while (true) {
            if (size == body.length) {
                int wanted = (int) Math.min(Math.max(CHUNK, body.length * 2L), limits.bodyBytes() + 1);
                holder.accept(wanted - body.length);
                body = Arrays.copyOf(body, wanted);
            }
            int read = fill(in, body, size, start);
            size += read;
            if (size > limits.bodyBytes()) {
                throw tooLarge(size).toException();
            }
            if (size < body.length) {
                return Arrays.copyOf(body, size);
            }
        }
    }

    /** A message of a length that has been announced, within a stream that may go on. */
    byte[] message(InputStream in, long length, Held holder) {
        return all(in, OptionalLong.of(length), holder);
    }

    private byte[] room(long length, Held holder) {
        if (length > limits.bodyBytes() || length < 0) {
            throw tooLarge(length).toException();
        }
        holder.accept(length);
        return new byte[(int) length];
    }

    private Problem tooLarge(long bytes) {
        return Problem.usage("serve.too-large", "the request is larger than it may be")
                .because(bytes + " bytes, at most " + limits.bodyBytes() + " may be")
                .attempt("skerry agent --limit-body");
    }

    private static Problem cut(long announced, long found) {
        return Problem.usage("serve.request", "the body ends before its time")
                .because(announced + " bytes are announced, " + found + " came");
    }

    /** Until the array is full or the stream ends. */
    private int fill(InputStream in, byte[] into, int from, long start) {
        int at = from;
        try {
            while (at < into.length) {
                int read = in.read(into, at, into.length - at);
                if (read < 0) {
                    break;
                }
                at += read;
                if (nanoTime.getAsLong() - start > limits.readTime().toNanos()) {
                    throw slow();
                }
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            throw cut(into.length, at).because(String.valueOf(e.getMessage())).toException();
        }
        return at - from;
    }

    private ProblemException slow() {
        return Problem.usage("serve.slow", "the request takes longer to arrive than it may")
                .because("at most " + limits.readTime().toMillis() + " ms")
                .toException();
    }

    /**
     * Reads on for a little while after a request has been refused: a connection that is closed with bytes unread takes the
     * answer with it.
     */
    void linger(InputStream in, Connections.Ends ends) {
        long start = nanoTime.getAsLong();
        byte[] chunk = new byte[CHUNK];
        long left = MOST_LINGERED;
        try (Connections.Transfer _ = transfer(ends)) {
            while (left > 0 && nanoTime.getAsLong() - start < LINGER_NANOS) {
                int read = in.read(chunk);
                if (read < 0) {
                    return;
                }
                left -= read;
            }
        } catch (IOException | RuntimeException gone) {
            // nobody is left to read the answer
        }
    }

    /** Bytes that requests hold now. */
    long heldBytes() {
        return held.get();
    }
}
