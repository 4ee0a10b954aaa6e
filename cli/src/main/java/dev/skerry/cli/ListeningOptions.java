package dev.skerry.cli;

import dev.skerry.agent.Limits;
import dev.skerry.agent.Listening;
import dev.skerry.problem.Problem;
import dev.skerry.project.Units;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where and how an agent serves, as options. */
final class ListeningOptions {
    private static final int MOST_PORTS = 65_535;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            description = "Of the interface to listen on; 127.0.0.1, which is this machine only.")
    String address = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "For REST, and for gRPC too; 8080. 0 takes any that is free.")
    int port = 8080;

    @Option(names = "--grpc-port", paramLabel = "N", description = "A port of its own for gRPC.")
    @Nullable
    Integer grpcPort;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE.pem",
            description = "The certificate, and those that vouch for it.")
    @Nullable
    Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE.pem", description = "Its private key.")
    @Nullable
    Path key;

    @Option(
            names = "--client-ca",
            paramLabel = "FILE.pem",
            description = "Who vouches for clients; without a certificate from there nobody gets in.")
    @Nullable
    Path clientAuthorities;

    @Option(
            names = "--client-shm",
            description = "Clients may have shared memory of this machine read and written. Where all are trusted.")
    boolean sharedMemory;

    @Option(
            names = "--otlp",
            paramLabel = "URL",
            description = "An OpenTelemetry collector to send metrics to, such as http://localhost:4318.")
    @Nullable
    URI collector;

    @Option(names = "--otlp-every", paramLabel = "S", description = "Seconds between two exports; 15.")
    double exportSeconds = 15;

    @Option(names = "--drain", paramLabel = "S", description = "Seconds that requests may still take at the end; 10.")
    double drainSeconds = 10;

    @Option(names = "--limit-body", paramLabel = "SIZE", description = "Of one request; 64MiB.")
    String bodyBytes = "64MiB";

    @Option(
            names = "--limit-memory",
            paramLabel = "SIZE",
            description = "Of all requests that are under way; half of the memory for Java objects.")
    @Nullable
    String heldBytes;

    @Option(names = "--limit-elements", paramLabel = "N", description = "Of one tensor; 268435456.")
    long elements = Limits.DEFAULT.tensorElements();

    @Option(names = "--limit-depth", paramLabel = "N", description = "Levels of nested JSON; 64.")
    int depth = Limits.DEFAULT.jsonDepth();

    @Option(names = "--limit-headers", paramLabel = "SIZE", description = "Of one request; 16KiB.")
    String headerBytes = "16KiB";

    @Option(names = "--limit-connections", paramLabel = "N", description = "Open at once; 1024.")
    int connections = Limits.DEFAULT.connections();

    @Option(names = "--limit-rate", paramLabel = "N", description = "Requests a second of one client; any number.")
    double rate;

    @Option(names = "--limit-queue", paramLabel = "N", description = "Requests that wait for one model; 64.")
    int queued = Limits.DEFAULT.queued();

    @Option(
            names = "--limit-read",
            paramLabel = "S",
            description =
                    "Seconds that a request may take to arrive, its answer to be taken, and a connection may be silent; 30.")
    double readSeconds = 30;

    Listening listening() {
        requirePort("--port", port);
        if (grpcPort != null) {
            requirePort("--grpc-port", grpcPort);
        }
        return new Listening(
                address,
                port,
                grpcPort == null ? -1 : grpcPort,
                certificates(),
                sharedMemory,
                limits(),
                seconds("--drain", drainSeconds),
                collector(),
                seconds("--otlp-every", Math.max(0.01, exportSeconds)));
    }

    /** Whether others than this machine can reach it, and read along. */
    boolean open() {
        try {
            return certificate == null && !InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw Problem.usage("usage", "this is no address of this machine")
                    .at("--address " + address)
                    .because(e.getMessage())
                    .attempt("--address 127.0.0.1, or 0.0.0.0 for every interface")
                    .toException();
        }
    }

    private Listening.@Nullable Certificates certificates() {
        if (certificate == null && key == null && clientAuthorities == null) {
            return null;
        }
        if (certificate == null || key == null) {
            throw Problem.usage("usage", "TLS needs a certificate and its key")
                    .at("--tls-cert, --tls-key")
                    .attempt("both options")
                    .toException();
        }
        return new Listening.Certificates(certificate, key, clientAuthorities);
    }

    private @Nullable URI collector() {
        if (collector != null && !String.valueOf(collector.getScheme()).matches("https?")) {
            throw Problem.usage("usage", "a collector is reached by HTTP")
                    .at("--otlp " + collector)
                    .attempt("--otlp http://localhost:4318")
                    .toException();
        }
        return collector;
    }

    private Limits limits() {
        return new Limits(
                bytes("--limit-body", bodyBytes, Integer.MAX_VALUE - 16),
                heldBytes == null ? Limits.DEFAULT.heldBytes() : bytes("--limit-memory", heldBytes, Long.MAX_VALUE),
                atLeast("--limit-elements", elements, 1),
                (int) atLeast("--limit-depth", depth, 4),
                (int) bytes("--limit-headers", headerBytes, 1 << 24),
                (int) atLeast("--limit-connections", connections, 1),
                Math.max(0, rate),
                (int) atLeast("--limit-queue", queued, 0),
                seconds("--limit-read", readSeconds),
                Limits.DEFAULT.sharedRegions());
    }

    private static long bytes(String option, String text, long most) {
        OptionalDouble bytes = Units.bytes(text);
        if (bytes.isEmpty() || bytes.getAsDouble() < 1 || bytes.getAsDouble() > most) {
            throw Problem.usage("usage", "this is no size that it can have")
                    .at(option + " " + text)
                    .attempt(option + " 64MiB")
                    .toException();
        }
        return (long) bytes.getAsDouble();
    }

    private static long atLeast(String option, long value, long least) {
        if (value < least) {
            throw Problem.usage("usage", "at least " + least + " is needed")
                    .at(option + " " + value)
                    .toException();
        }
        return value;
    }

    private static Duration seconds(String option, double seconds) {
        if (!(seconds >= 0) || seconds > 1e6) {
            throw Problem.usage("usage", "this is no time in seconds")
                    .at(option + " " + seconds)
                    .toException();
        }
        return Duration.ofNanos(Math.round(seconds * 1e9));
    }

    private static void requirePort(String option, int port) {
        if (port < 0 || port > MOST_PORTS) {
            throw Problem.usage("usage", "ports go from 0 to " + MOST_PORTS)
                    .at(option + " " + port)
                    .toException();
        }
    }
}
