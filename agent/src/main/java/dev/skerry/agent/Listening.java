package dev.skerry.agent;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where and how an agent serves.
 *
 * @param address of the interface that it listens on, as a name or a number
 * @param port for REST, and for gRPC too where it has no port of its own; 0 for any free one
 * @param grpcPort for gRPC; negative for the same
 * @param certificates null for no TLS
 * @param sharedMemory whether clients may have the agent map shared memory of this machine
 * @param limits of what clients may take
 * @param drain how long requests under way may still take when the agent stops
 * @param collector of OpenTelemetry metrics, such as {@code http://localhost:4318}; null for none
 * @param exportEvery how often metrics go there
 */
public record Listening(
        String address,
        int port,
        int grpcPort,
        @Nullable Certificates certificates,
        boolean sharedMemory,
        Limits limits,
        Duration drain,
        @Nullable URI collector,
        Duration exportEvery) {
    /** On this machine only, on any free port. */
    public static Listening local() {
        return new Listening(
                "127.0.0.1", 0, -1, null, false, Limits.DEFAULT, Duration.ofSeconds(10), null, Duration.ofSeconds(15));
    }

    /**
     * Files in PEM form.
     *
     * @param chain the server's certificate, then those that vouch for it
     * @param key the private key of the first, PKCS #8 and not encrypted
     * @param clientAuthorities who may vouch for clients, which then need a certificate; null for any client
     */
    public record Certificates(
            Path chain, Path key, @Nullable Path clientAuthorities) {}
}
