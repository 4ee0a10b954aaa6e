package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Connections that hold a place and ask for nothing. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ConnectionsTest {
    private static ServerSocketChannel listening() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private static SocketChannel from(int port, ServerSocketChannel to) throws IOException {
        SocketChannel channel = SocketChannel.open().setOption(StandardSocketOptions.SO_REUSEADDR, true);
        channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.connect(to.getLocalAddress());
        return channel;
    }

    @Test
    void oneClientPortToTwoPortsIsTwoConnections() throws Exception {
        try (var connections = new Connections(Duration.ofMillis(200), System::nanoTime);
                ServerSocketChannel rest = listening();
                ServerSocketChannel grpc = listening();
                SocketChannel one = from(0, rest);
                SocketChannel first = rest.accept();
                SocketChannel two = from(((InetSocketAddress) one.getLocalAddress()).getPort(), grpc);
                SocketChannel second = grpc.accept()) {
            connections.accepted(first);
            connections.accepted(second);
            assertThat(connections.count()).isEqualTo(2);
            for (SocketChannel silent : new SocketChannel[] {one, two}) {
                Socket socket = silent.socket();
                socket.setSoTimeout(5000);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }
}
