package dev.skerry.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What lies between a client and a server, and can be cut, or answer badly by itself. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Cable implements AutoCloseable {
    private static final long DRIP_MILLIS = 200;

    private final ServerSocket server;
    private final int to;
    private final byte[] drip;
    private final List<Socket> ends = new CopyOnWriteArrayList<>();
    private volatile boolean broken;

    /** To a server of this machine. */
    Cable(int to) throws IOException {
        this(to, new byte[0]);
    }

    private Cable(int to, byte[] drip) throws IOException {
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.to = to;
        this.drip = drip;
        Thread.ofVirtual().start(this::serve);
    }

    /** Takes connections and says nothing. */
    static Cable mute() throws IOException {
        return new Cable(0);
    }

    /** Says these bytes slowly, and the last of them for ever. */
    static Cable dripping(byte[] bytes) throws IOException {
        return new Cable(0, bytes);
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                ends.add(near);
                if (broken) {
                    near.close();
                } else if (to > 0) {
                    Socket far = new Socket(InetAddress.getLoopbackAddress(), to);
                    ends.add(far);
                    Thread.ofVirtual().start(() -> pump(near, far));
                    Thread.ofVirtual().start(() -> pump(far, near));
                } else if (drip.length > 0) {
                    Thread.ofVirtual().start(() -> drip(near));
                }
            } catch (IOException _) {
                // cut
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            in.transferTo(to.getOutputStream());
        } catch (IOException _) {
            // cut
        }
    }

    private void drip(Socket near) {
        try {
            OutputStream out = near.getOutputStream();
            for (int i = 0; !near.isClosed(); i = Math.min(i + 1, drip.length - 1)) {
                out.write(drip[i]);
                out.flush();
                Thread.sleep(DRIP_MILLIS);
            }
        } catch (IOException | InterruptedException _) {
            // the client has had enough
        }
    }

    void cut() {
        broken = true;
        ends.forEach(Cable::close);
        ends.clear();
    }

    void mend() {
        broken = false;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // closed already
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
