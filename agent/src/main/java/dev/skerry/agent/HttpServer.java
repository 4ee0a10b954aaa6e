package dev.skerry.agent;

import dev.skerry.problem.Problem;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http2.Http2Config;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
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
    static HttpServer start(Listening listening, RestApi rest, GrpcApi grpc, Connections connections) {
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
        configure(config, listening, listening.port(), tls, watched(both, connections), connections);
        if (listening.grpcPort() >= 0) {
            ListenerConfig.Builder second =
                    ListenerConfig.builder().name(GRPC_SOCKET).host(listening.address());
            configure(second, listening, listening.grpcPort(), tls, watched(grpc::handle, connections), connections);
            config.putSocket(GRPC_SOCKET, second.build());
        }
        WebServer server = config.build().start();
        // one that can't listen says so in its log only
        if (server.port() <= 0) {
            throw cantListen(server, listening.address(), listening.port());
        }
        if (listening.grpcPort() >= 0 && server.port(GRPC_SOCKET) <= 0) {
            throw cantListen(server, listening.address(), listening.grpcPort());
        }
        return new HttpServer(server);
    }

    private static RuntimeException cantListen(WebServer server, String address, int port) {
        server.stop();
        String why = "the server gives no reason";
        try (var trial = new ServerSocket()) {
            trial.bind(new InetSocketAddress(address, port));
        } catch (IOException e) {
            why = String.valueOf(e.getMessage());
        }
        return Problem.environment("serve.port", "the agent can't listen there")
                .at(address + ":" + port)
                .because(why)
                .attempt("--port with another number, or 0 for any free one")
                .toException();
    }

    /** A connection that is being answered isn't waiting for its client. */
    private static Handler watched(Handler handler, Connections connections) {
        return (request, response) -> {
            Connections.Connection connection = connections.of(Connections.Ends.of(request));
            if (connection == null) {
                handler.handle(request, response);
                return;
            }
            connection.begin();
            try {
                handler.handle(request, response);
            } finally {
                connection.end();
            }
        };
    }

    private static void configure(
            ListenerConfig.BuilderBase<?, ?> config,
            Listening listening,
            int port,
            @Nullable SSLContext tls,
            Handler handler,
            Connections connections) {
        Limits limits = listening.limits();
        config.port(port)
                .backlog(1024)
                .maxTcpConnections(limits.connections())
                .maxPayloadSize(-1)
                .maxInMemoryEntity(0)
                .shutdownGracePeriod(Duration.ofMillis(200))
                .idleConnectionTimeout(limits.readTime())
                .idleConnectionPeriod(Duration.ofSeconds(1))
                // without it each small answer waits for an acknowledgement, some 40 ms
                .connectionOptions(new WatchedSockets(
                        SocketOptions.builder().tcpNoDelay(true).build(), connections))
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
