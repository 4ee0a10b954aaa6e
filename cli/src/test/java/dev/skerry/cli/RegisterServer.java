package dev.skerry.cli;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A Modbus TCP device whose holding registers count the readings: the first one up, the others from 100. */
final class RegisterServer implements AutoCloseable {
    private static final int READ_HOLDING = 3;

    private final ServerSocket socket;
    private final AtomicInteger readings = new AtomicInteger();

    RegisterServer() throws IOException {
        socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** As it stands in a project, in windows of eight rows of two values. */
    String source() {
        return "{modbus: '127.0.0.1:" + socket.getLocalPort()
                + "', registers: [{at: 0}, {at: 1}], every: 0.02, window: 8, hop: 4}";
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> serve(client));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Socket client) {
        try (client) {
            var in = new DataInputStream(client.getInputStream());
            // an answer in one piece: of several the second one would wait for the first to be acknowledged
            var out = new DataOutputStream(new BufferedOutputStream(client.getOutputStream()));
            while (true) {
                short transaction = in.readShort();
                in.readShort();
                int length = in.readUnsignedShort();
                byte unit = in.readByte();
                byte function = in.readByte();
                byte[] rest = in.readNBytes(length - 2);
                if (function != READ_HOLDING) {
                    throw new IOException("function " + function);
                }
                int count = rest[3];
                out.writeShort(transaction);
                out.writeShort(0);
                out.writeShort(3 + 2 * count);
                out.writeByte(unit);
                out.writeByte(function);
                out.writeByte(2 * count);
                int reading = readings.getAndIncrement();
                for (int i = 0; i < count; i++) {
                    out.writeShort(100 * i + reading % 7);
                }
                out.flush();
            }
        } catch (IOException gone) {
            // it asks no more
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
