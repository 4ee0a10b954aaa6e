package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets in, with certificates that keytool makes. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path folder;

    private static Served served;
    private static Path authority;

    @BeforeAll
    static void start() throws Exception {
        authority = identity("authority", null, "-ext", "bc:c", "-validity", "2");
        identity("server", "authority", "-ext", "san=ip:127.0.0.1,dns:localhost", "-validity", "2");
        identity("client", "authority", "-validity", "2");
        identity("expired", "authority", "-startdate", "-30d", "-validity", "2");
        identity("stranger", null, "-validity", "2");
        Listening local = Listening.local();
        served = Served.with(
                new Listening(
                        local.address(),
                        0,
                        0,
                        new Listening.Certificates(
                                folder.resolve("server.pem"),
                                folder.resolve("server.key"),
                                folder.resolve("authority.pem")),
                        false,
                        local.limits(),
                        local.drain(),
                        null,
                        local.exportEvery()),
                SmallModels.doubling(folder));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static void keytool(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    /** A key and a certificate that another one vouches for, as PKCS #12 and as PEM. */
    private static Path identity(String name, @Nullable String issuer, String... more) throws Exception {
        Path store = folder.resolve(name + ".p12");
        var arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + name,
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit"));
        if (issuer != null) {
            arguments.addAll(List.of("-signer", issuer));
            // the issuer's key has to be in the same store
            Files.copy(folder.resolve(issuer + ".p12"), store);
        }
        arguments.addAll(List.of(more));
        keytool(arguments);
        KeyStore keys = store(name);
        var pem = new StringBuilder();
        for (Certificate certificate : keys.getCertificateChain(name)) {
            pem.append(block("CERTIFICATE", certificate.getEncoded()));
        }
        Files.writeString(
                folder.resolve(name + ".key"),
                block("PRIVATE KEY", keys.getKey(name, PASSWORD).getEncoded()));
        return Files.writeString(folder.resolve(name + ".pem"), pem);
    }

    private static String block(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    private static KeyStore store(String name) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    /** Its status, as a client with this identity. */
    private static int get(@Nullable String identity, String... protocols) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", store("authority").getCertificate("authority"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (identity != null) {
            KeyStore from = store(identity);
            own.setKeyEntry(identity, from.getKey(identity, PASSWORD), PASSWORD, from.getCertificateChain(identity));
        }
        keys.init(own, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        var parameters = new SSLParameters();
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        try (HttpClient client = HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(parameters)
                .build()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + served.port() + "/v2"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        }
    }

    @Test
    void aClientThatTheAuthorityVouchesFor() throws Exception {
        assertThat(get("client")).isEqualTo(200);
    }

    @Test
    void clientsThatNobodyVouchesFor() throws Exception {
        assertThatThrownBy(() -> get(null)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get("stranger")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get("expired")).isInstanceOf(IOException.class);
        assertThat(get("client")).isEqualTo(200);
    }

    @Test
    void anOldProtocol() {
        assertThatThrownBy(() -> get("client", "TLSv1.2")).isInstanceOf(IOException.class);
    }

    @Test
    void noTlsAtAll() {
        assertThatThrownBy(() -> served.get("/v2")).isInstanceOf(java.io.UncheckedIOException.class);
    }

    @Test
    void grpcHasTheSameRules() throws Exception {
        assertThat(served.agent().grpcPort()).isNotEqualTo(served.port());
        for (String identity : new String[] {"client", "stranger"}) {
            var tls = GrpcSslContexts.configure(SslContextBuilder.forClient())
                    .trustManager(authority.toFile())
                    .keyManager(
                            folder.resolve(identity + ".pem").toFile(),
                            folder.resolve(identity + ".key").toFile())
                    .build();
            var channel = NettyChannelBuilder.forAddress(
                            "127.0.0.1", served.agent().grpcPort())
                    .sslContext(tls)
                    .build();
            var stub = GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
            if (identity.equals("client")) {
                assertThat(stub.serverLive(ServerLiveRequest.getDefaultInstance())
                                .getLive())
                        .isTrue();
            } else {
                assertThatThrownBy(() -> stub.serverLive(ServerLiveRequest.getDefaultInstance()))
                        .isInstanceOf(StatusRuntimeException.class);
            }
            channel.shutdownNow();
        }
    }

    private static String refusal(Path chain, Path key) {
        try {
            Tls.context(new Listening.Certificates(chain, key, null));
            return "";
        } catch (ProblemException e) {
            assertThat(e.problem().code()).isEqualTo("serve.tls");
            return e.getMessage();
        }
    }

    @Test
    void filesThatAreNone() throws IOException {
        Path server = folder.resolve("server.pem");
        Path key = folder.resolve("server.key");
        assertThat(refusal(folder.resolve("nope.pem"), key)).contains("there is no such file");
        assertThat(refusal(folder, key)).contains("it is a folder");
        assertThat(refusal(server, key)).isEmpty();
        assertThat(refusal(folder.resolve("nothing.pem"), key)).contains("can't be read");
        assertThat(refusal(key, key)).contains("no certificate");
        assertThat(refusal(server, server)).contains("BEGIN PRIVATE KEY").contains("openssl pkcs8");
        Path broken = Files.writeString(
                folder.resolve("broken.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThat(refusal(server, broken)).contains("not that of the certificate");
        assertThat(refusal(server, folder.resolve("client.key"))).contains("not that of the certificate");
        Path locked = Files.writeString(
                folder.resolve("locked.key"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        assertThat(refusal(server, locked)).contains("without a password").contains("openssl pkcs8");
    }
}
