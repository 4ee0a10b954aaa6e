package dev.skerry.agent;

import dev.skerry.problem.Problem;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http2.Http2Config;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Listens: HTTP/1.1 and HTTP/2 on each port, a virtual thread a request. */
final class HttpServer implements AutoCloseable {
    private static final String GRPC_SOCKET = "grpc";
    private static final int FRAME_BYTES = 256 << 10;
    private static final int WINDOW_BYTES = 4 << 20;
    private static final int STREAMS = 256;

    /** Held, since a logger that nobody holds forgets its level. */
    private static final Logger LIBRARY = Logger.getLogger("io.helidon");

    private final WebServer server;

    private HttpServer(WebServer server) {
        this.server = server;
    }

    /** @throws dev.skerry.problem.ProblemException with code {@code serve.port} where it can't listen there */
    static HttpServer start(Listening listening, RestApi rest, GrpcApi grpc) {
        // what it has to say of clients is counted, and told by /metrics
        LIBRARY.setLevel(Level.OFF);
        SSLContext tls = listening.certificates() == null ? null : Tls.context(listening.certificates());
        Handler both = (request, response) -> {
            if (GrpcApi.isOne(request)) {
                grpc.handle(request, response);
            } else {
                rest.handle(request, response);
            }
        };
        WebServerConfig.Builder config = WebServer.builder()
                .shutdownHook(false)
                .featuresDiscoverServices(false)
                .host(listening.address());
        configure(config, listening, listening.port(), tls, both);
        if (listening.grpcPort() >= 0) {
            ListenerConfig.Builder second =
                    ListenerConfig.builder().name(GRPC_SOCKET).host(listening.address());
            configure(second, listening, listening.grpcPort(), tls, grpc::handle);
            config.putSocket(GRPC_SOCKET, second.build());
        }
        try {
            return new HttpServer(config.build().start());
        } catch (RuntimeException e) {
            throw Problem.environment("serve.port", "the agent can't listen there")
                    .at(listening.address() + ":" + listening.port()
                            + (listening.grpcPort() > 0 ? " and " + listening.grpcPort() : ""))
                    .because(cause(e))
                    .attempt("--port with another number, or 0 for any free one")
                    .toException();
        }
    }

    private static String cause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    private static void configure(
            ListenerConfig.BuilderBase<?, ?> config,
            Listening listening,
            int port,
            @Nullable SSLContext tls,
            Handler handler) {
        Limits limits = listening.limits();
        config.port(port)
                .backlog(1024)
                .maxTcpConnections(limits.connections())
                .maxPayloadSize(-1)
                .maxInMemoryEntity(0)
                .shutdownGracePeriod(java.time.Duration.ofMillis(200))
                .idleConnectionTimeout(limits.readTime())
                // without it each small answer waits for an acknowledgement, some 40 ms
                .connectionOptions(socket -> socket.tcpNoDelay(true).readTimeout(limits.readTime()))
                .routing(HttpRouting.builder().any(handler))
                .addProtocol(Http1Config.builder()
                        .maxHeadersSize(limits.headerBytes())
                        .maxPrologueLength(limits.headerBytes())
                        .build())
                .addProtocol(Http2Config.builder()
                        .maxHeaderListSize(limits.headerBytes())
                        .maxFrameSize(FRAME_BYTES)
                        .initialWindowSize(WINDOW_BYTES)
                        .maxConcurrentStreams(STREAMS)
                        .build());
        if (tls != null) {
            boolean mutual =
                    listening.certificates() != null && listening.certificates().clientAuthorities() != null;
            config.tls(settings -> settings.sslContext(tls)
                    .enabledProtocols(List.of("TLSv1.3"))
                    .clientAuth(mutual ? TlsClientAuth.REQUIRED : TlsClientAuth.NONE));
        }
    }

    int port() {
        return server.port();
    }

    /** The same where gRPC has none of its own. */
    int grpcPort() {
        int own = server.port(GRPC_SOCKET);
        return own > 0 ? own : server.port();
    }

    @Override
    public void close() {
        server.stop();
    }
}
