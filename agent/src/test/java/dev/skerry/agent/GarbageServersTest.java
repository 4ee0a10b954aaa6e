package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What answers is no server of the protocol, or a broken one: it is told, nothing of it becomes a sample, and closing is quick. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class GarbageServersTest {
    private static final int REQUEST_BYTES = 12;
    private static final long QUICK_NANOS = 10_000_000_000L;

    @TempDir
    Path folder;

    /** What a Modbus device says to a request for two holding registers. */
    enum Answer {
        NO_LENGTH,
        LENGTH_TOO_LARGE,
        OTHER_TRANSACTION,
        OTHER_FUNCTION,
        UNKNOWN_FUNCTION,
        UNKNOWN_EXCEPTION,
        EXCEPTION_WITHOUT_CODE,
        SHORTER,
        LONGER,
        CUT_OFF,
        NOISE;

        /** Null where the connection ends instead. */
        private byte[] to(short transaction) {
            byte[] values = {0x40, 0x49, 0x0f, (byte) 0xdb};
            return switch (this) {
                case NO_LENGTH -> frame(transaction, 0, 0, 17, 3, 4, values);
                case LENGTH_TOO_LARGE -> frame(transaction, 0, 0xffff, 17, 3, 4, values);
                case OTHER_TRANSACTION -> frame((short) (transaction + 7), 0, 7, 17, 3, 4, values);
                case OTHER_FUNCTION -> frame(transaction, 0, 7, 17, 4, 4, values);
                case UNKNOWN_FUNCTION -> frame(transaction, 0, 7, 17, 0x55, 4, values);
                case UNKNOWN_EXCEPTION -> frame(transaction, 0, 3, 17, 0x83, 99, new byte[0]);
                case EXCEPTION_WITHOUT_CODE ->
                    ByteBuffer.allocate(8)
                            .putShort(transaction)
                            .putShort((short) 0)
                            .putShort((short) 2)
                            .put((byte) 17)
                            .put((byte) 0x83)
                            .array();
                case SHORTER -> frame(transaction, 0, 5, 17, 3, 2, new byte[2]);
                case LONGER -> frame(transaction, 0, 11, 17, 3, 8, new byte[8]);
                case CUT_OFF -> new byte[] {(byte) (transaction >> 8), (byte) transaction, 0, 0, 0};
                case NOISE -> {
                    byte[] noise = new byte[100_000];
                    new Random(transaction).nextBytes(noise);
                    yield noise;
                }
            };
        }

        private static byte[] frame(
                short transaction, int protocol, int length, int unit, int function, int count, byte[] values) {
            return ByteBuffer.allocate(9 + values.length)
                    .putShort(transaction)
                    .putShort((short) protocol)
                    .putShort((short) length)
                    .put((byte) unit)
                    .put((byte) function)
                    .put((byte) count)
                    .put(values)
                    .array();
        }
    }

    private interface Talk {
        void with(InputStream in, OutputStream out) throws IOException;
    }

    private static ServerSocket serve(Talk talk) throws IOException {
        var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(() -> {
            while (!server.isClosed()) {
                try {
                    Socket near = server.accept();
                    Thread.ofVirtual().start(() -> {
                        try (near) {
                            talk.with(near.getInputStream(), near.getOutputStream());
                        } catch (IOException _) {
                            // the client has had enough
                        }
                    });
                } catch (IOException _) {
                    // closed
                }
            }
        });
        return server;
    }

    private void isTold(String source, ServerSocket server) throws IOException {
        try (server) {
            var probe = new SourceProbe(source, folder);
            probe.await(() -> !probe.troubles().isEmpty(), "trouble");
            assertThat(probe.troubles())
                    .allSatisfy(text -> assertThat(text).doesNotContain("java.").doesNotContain("null"));
            assertThat(probe.windows()).isEmpty();
            long before = System.nanoTime();
            probe.close();
            assertThat(System.nanoTime() - before).isLessThan(QUICK_NANOS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void modbus(Answer answer) throws IOException {
        ServerSocket server = serve((in, out) -> {
            for (byte[] request = in.readNBytes(REQUEST_BYTES);
                    request.length == REQUEST_BYTES;
                    request = in.readNBytes(REQUEST_BYTES)) {
                out.write(answer.to(ByteBuffer.wrap(request).getShort(0)));
                out.flush();
                if (answer == Answer.CUT_OFF) {
                    return;
                }
            }
        });
        isTold(
                "{'modbus': '127.0.0.1:" + server.getLocalPort()
                        + "', 'unit': 17, 'registers': [{'at': 0, 'type': 'float32'}], 'every': 0.01, 'timeout': 0.3}",
                server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "http", "noise", "end"})
    void opcua(String what) throws IOException {
        ServerSocket server = serve((in, out) -> talk(what, in, out));
        isTold("{'opcua': 'opc.tcp://127.0.0.1:" + server.getLocalPort() + "', 'nodes': 'i=1'}", server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"echo", "http", "noise", "end"})
    void mqtt(String what) throws IOException {
        ServerSocket server = serve((in, out) -> talk(what, in, out));
        isTold("{'mqtt': '127.0.0.1:" + server.getLocalPort() + "', 'topics': 't', 'format': 'number'}", server);
    }

    private static void talk(String what, InputStream in, OutputStream out) throws IOException {
        switch (what) {
            case "echo" -> in.transferTo(out);
            case "http" -> {
                out.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                in.transferTo(OutputStream.nullOutputStream());
            }
            case "noise" -> {
                byte[] noise = new byte[1 << 16];
                new Random(1).nextBytes(noise);
                while (true) {
                    out.write(noise);
                }
            }
            default -> in.read();
        }
    }
}
