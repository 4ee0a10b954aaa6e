package dev.skerry.agent;

import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Open connections, and those that hold a place without asking for anything: that stay silent in a handshake, drip headers,
 * never send the body that they announced or never take their answer. The server's own timeouts begin with the first request;
 * these begin with the connection.
 */
final class Connections implements AutoCloseable {
    /** The server takes leave of connections that were of use and are idle, which is kinder than to close them. */
    private static final long FAREWELL_NANOS = 3_000_000_000L;

    /** A body that drips is answered first; one that doesn't come at all can't be. */
    private static final long ANSWER_NANOS = 1_000_000_000L;

    private static final Duration LEAST_SWEEP = Duration.ofMillis(50);
    private static final Duration MOST_SWEEP = Duration.ofSeconds(1);

    private final long patienceNanos;
    private final LongSupplier nanoTime;
    private final Map<Ends, Connection> open = new ConcurrentHashMap<>();
    private final Thread sweeper;

    Connections(Duration patience, LongSupplier nanoTime) {
        this.patienceNanos = patience.toNanos();
        this.nanoTime = nanoTime;
        Duration quarter = patience.dividedBy(4);
        Duration every = quarter.compareTo(LEAST_SWEEP) < 0 ? LEAST_SWEEP : quarter;
        Duration rhythm = every.compareTo(MOST_SWEEP) > 0 ? MOST_SWEEP : every;
        this.sweeper = Thread.ofVirtual().name("connections").start(() -> sweep(rhythm));
    }

    /** Both ends of a connection: a client may come from one port of its own to two of the agent's. */
    record Ends(SocketAddress client, SocketAddress own) {
        static Ends of(ServerRequest request) {
            return new Ends(request.remotePeer().address(), request.localPeer().address());
        }
    }

    /** One connection, and what is going on with it. */
    final class Connection {
        private final SocketChannel channel;
        private final AtomicInteger answering = new AtomicInteger();
        private final Set<Transfer> transfers = ConcurrentHashMap.newKeySet();
        private volatile long waitsSince;
        private volatile boolean asked;

        Connection(SocketChannel channel) {
            this.channel = channel;
            this.waitsSince = nanoTime.getAsLong();
        }

        void begin() {
            answering.incrementAndGet();
            asked = true;
        }

        void end() {
            waitsSince = nanoTime.getAsLong();
            answering.decrementAndGet();
        }

        private boolean stuck(long now) {
            long silence = asked ? patienceNanos + FAREWELL_NANOS : patienceNanos;
            return (answering.get() == 0 && now - waitsSince > silence)
                    || transfers.stream()
                            .anyMatch(transfer -> now - transfer.sinceNanos > patienceNanos + ANSWER_NANOS);
        }
    }

    /** A body or an answer that is on its way, and for which the client may take only so long. */
    static final class Transfer implements AutoCloseable {
        private final @Nullable Connection connection;
        private final long sinceNanos;

        private Transfer(@Nullable Connection connection, long sinceNanos) {
            this.connection = connection;
            this.sinceNanos = sinceNanos;
            if (connection != null) {
                connection.transfers.add(this);
            }
        }

        @Override
        public void close() {
            if (connection != null) {
                connection.transfers.remove(this);
            }
        }
    }

    /** That bytes are about to come from a client or to go to it, until it is closed. */
    Transfer transfer(Ends ends) {
        return new Transfer(of(ends), nanoTime.getAsLong());
    }

    void accepted(SocketChannel channel) {
        try {
            open.put(new Ends(channel.getRemoteAddress(), channel.getLocalAddress()), new Connection(channel));
        } catch (IOException gone) {
            // it ended as soon as it began
        }
    }

    @Nullable
    Connection of(Ends ends) {
        return open.get(ends);
    }

    int count() {
        return open.size();
    }

    private void sweep(Duration rhythm) {
        try {
            while (true) {
                Thread.sleep(rhythm);
                long now = nanoTime.getAsLong();
                open.values().removeIf(connection -> {
                    if (connection.channel.isOpen() && connection.stuck(now)) {
                        close(connection.channel);
                    }
                    return !connection.channel.isOpen();
                });
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException gone) {
            // which is what was wanted
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
    }
}
