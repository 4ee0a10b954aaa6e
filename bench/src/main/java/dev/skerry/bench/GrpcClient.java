package dev.skerry.bench;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Unary gRPC calls, one after the other on one connection; as little of HTTP/2 as that takes, so that the client costs next to
 * nothing. Requests have to fit the server's window and frames.
 */
final class GrpcClient {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int FRAME = 16_384;
    private static final int WINDOW = 1 << 24;

    private final DataInputStream in;
    private final OutputStream out;
    private final byte[] headers;
    private byte[] payload = new byte[FRAME];
    private int stream = 1;

    GrpcClient(int port, String path) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 17));
        out = socket.getOutputStream();
        headers = headers(path);
        var hello = new ByteArrayOutputStream();
        hello.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        // the server may send what it likes: a window for each stream, and one for all
        hello.writeBytes(frame(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6).putShort((short) 4).putInt(WINDOW).array()));
        hello.writeBytes(frame(
                WINDOW_UPDATE,
                0,
                0,
                ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE - 65_535).array()));
        out.write(hello.toByteArray());
    }

    /** Sends a message and waits for the end of the answer. */
    void call(byte[] message) throws IOException {
        var request = new ByteArrayOutputStream(message.length + 1024);
        request.writeBytes(frame(HEADERS, END_HEADERS, stream, headers));
        byte[] framed = ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
        for (int at = 0; at < framed.length; at += FRAME) {
            int length = Math.min(FRAME, framed.length - at);
            boolean last = at + length == framed.length;
            request.writeBytes(
                    frame(DATA, last ? END_STREAM : 0, stream, java.util.Arrays.copyOfRange(framed, at, at + length)));
        }
        out.write(request.toByteArray());
        while (!ends()) {
            // until the trailers
        }
        stream += 2;
    }

    /** Reads a frame; whether it is the last one of the call. */
    private boolean ends() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int of = in.readInt() & 0x7fffffff;
        if (payload.length < length) {
            payload = new byte[length];
        }
        in.readFully(payload, 0, length);
        if (type == SETTINGS && (flags & ACK) == 0) {
            out.write(frame(SETTINGS, ACK, 0, new byte[0]));
        } else if (type == PING && (flags & ACK) == 0) {
            out.write(frame(PING, ACK, 0, java.util.Arrays.copyOf(payload, length)));
        } else if (type == RESET || type == GOAWAY) {
            throw ServeTable.unexpected("with the end of the stream, frame " + type + " "
                    + new String(payload, 0, length, StandardCharsets.ISO_8859_1));
        }
        return of == stream && (type == HEADERS || type == DATA) && (flags & END_STREAM) != 0;
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >>> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] headers(String path) {
        var block = new ByteArrayOutputStream();
        block.write(0x83); // :method POST
        block.write(0x86); // :scheme http
        block.write(0x04); // :path, by its place in the table
        text(block, path);
        block.write(0x01); // :authority
        text(block, "localhost");
        literal(block, "content-type", "application/grpc");
        literal(block, "te", "trailers");
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        text(block, name);
        text(block, value);
    }

    private static void text(ByteArrayOutputStream block, String text) {
        block.write(text.length());
        block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** A ModelInferRequest with one raw input. */
    static byte[] request(String model, String input, String datatype, long[] dims, byte[] raw) {
        var tensor = new ByteArrayOutputStream();
        field(tensor, 1, input.getBytes(StandardCharsets.UTF_8));
        field(tensor, 2, datatype.getBytes(StandardCharsets.UTF_8));
        var shape = new ByteArrayOutputStream();
        for (long size : dims) {
            varint(shape, size);
        }
        field(tensor, 3, shape.toByteArray());
        var request = new ByteArrayOutputStream();
        field(request, 1, model.getBytes(StandardCharsets.UTF_8));
        field(request, 5, tensor.toByteArray());
        field(request, 7, raw);
        return request.toByteArray();
    }

    private static void field(ByteArrayOutputStream message, int number, byte[] value) {
        varint(message, number << 3 | 2);
        varint(message, value.length);
        message.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream message, long value) {
        long left = value;
        for (; left > 127; left >>>= 7) {
            message.write((int) (left & 127 | 128));
        }
        message.write((int) left);
    }
}
