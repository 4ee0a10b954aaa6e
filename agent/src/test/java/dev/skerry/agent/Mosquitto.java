package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A mosquitto of this machine on a port of its own, with what a test wants in its configuration. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Mosquitto implements AutoCloseable {
    private final Path folder;
    final int port;
    private final List<String> more;
    private Process process;

    private Mosquitto(Path folder, int port, List<String> more) {
        this.folder = folder;
        this.port = port;
        this.more = more;
    }

    static Mosquitto open(Path folder) throws IOException, InterruptedException {
        return start(folder, "allow_anonymous true");
    }

    static Mosquitto start(Path folder, String... configuration) throws IOException, InterruptedException {
        SharedData.require(program() != null, "no mosquitto (Debian package mosquitto)");
        Files.createDirectories(folder);
        // it drops root, and must be able to read its files then
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        var broker = new Mosquitto(folder, freePort(), List.of(configuration));
        broker.restart();
        return broker;
    }

    static String program() {
        for (String place : List.of("/usr/sbin/mosquitto", "/usr/bin/mosquitto", "/usr/local/sbin/mosquitto")) {
            if (Files.isExecutable(Path.of(place))) {
                return place;
            }
        }
        return null;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String url() {
        return "mqtt://127.0.0.1:" + port;
    }

    void restart() throws IOException, InterruptedException {
        Path file = folder.resolve("mosquitto.conf");
        Files.writeString(
                file,
                "listener " + port + " 127.0.0.1\nuser root\npersistence false\n" + String.join("\n", more) + "\n");
        process = new ProcessBuilder(program(), "-c", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("mosquitto.log").toFile())
                .start();
        for (int attempt = 0; attempt < 200; attempt++) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
                return;
            } catch (IOException _) {
                assertThat(process.isAlive())
                        .as(Files.readString(folder.resolve("mosquitto.log")))
                        .isTrue();
                Thread.sleep(20);
            }
        }
        throw new IOException("mosquitto doesn't listen");
    }

    /** As a power cut would. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    Mqtt5BlockingClient client() {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .serverHost("127.0.0.1")
                .serverPort(port)
                .buildBlocking();
        client.connect();
        return client;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
