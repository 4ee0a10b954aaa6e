package dev.skerry.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** One kept connection that sends the same request again and again; as little of HTTP/1.1 as that takes. */
final class RestClient {
    private final Socket socket;
    private final InputStream in;
    private final byte[] request;
    private final byte[] line = new byte[8192];

    /** @param json bytes of the body that are JSON; negative for all */
    RestClient(int port, String path, byte[] body, int json) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 1 << 17);
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length + "\r\n"
                        + (json < 0 ? "" : "Inference-Header-Content-Length: " + json + "\r\n") + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        request = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, request, head.length, body.length);
    }

    void call() throws IOException {
        socket.getOutputStream().write(request);
        String status = line();
        if (!status.startsWith("HTTP/1.1 200")) {
            throw ServeTable.unexpected(status);
        }
        long length = -1;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                length = Long.parseLong(header.substring(15).strip());
            }
        }
        in.skipNBytes(length);
    }

    private String line() throws IOException {
        int count = 0;
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw ServeTable.unexpected("with the end of the connection");
            }
            line[count++] = (byte) next;
        }
        return new String(line, 0, Math.max(0, count - 1), StandardCharsets.US_ASCII);
    }
}
