package dev.skerry.agent;

import com.digitalpetri.modbus.ExceptionCode;
import com.digitalpetri.modbus.FunctionCode;
import com.digitalpetri.modbus.exceptions.ModbusResponseException;
import com.digitalpetri.modbus.pdu.ReadCoilsRequest;
import com.digitalpetri.modbus.pdu.ReadCoilsResponse;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersRequest;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersResponse;
import com.digitalpetri.modbus.server.ModbusRequestContext;
import com.digitalpetri.modbus.server.ModbusServices;
import com.digitalpetri.modbus.server.ModbusTcpServer;
import com.digitalpetri.modbus.tcp.server.NettyServerTransportConfig;
import com.digitalpetri.modbus.tcp.server.NettyTcpServerTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A Modbus TCP server whose holding registers are the next row of a recording at each reading: float32, the low word first. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class ModbusDevice implements AutoCloseable {
    private static final int UNIT = 17;

    final int port;
    private final List<float[]> rows;
    final AtomicInteger read = new AtomicInteger();
    volatile ExceptionCode refusal;
    volatile long pauseMillis;
    private ModbusTcpServer server;

    ModbusDevice(List<float[]> rows) throws IOException {
        this.rows = rows;
        this.port = Mosquitto.freePort();
        start();
    }

    void start() {
        server = ModbusTcpServer.create(
                new NettyTcpServerTransport(NettyServerTransportConfig.create(config -> {
                    config.bindAddress = "127.0.0.1";
                    config.port = port;
                })),
                new Services());
        try {
            server.start();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void stop() {
        try {
            server.stop();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static String registers() {
        var text = new StringBuilder("[");
        for (int column = 0; column < Recording.COLUMNS; column++) {
            text.append(column == 0 ? "" : ", ")
                    .append("{'at': ")
                    .append(100 + 2 * column)
                    .append(", 'type': 'float32', 'order': 'cdab'}");
        }
        return text.append(']').toString();
    }

    private final class Services implements ModbusServices {
        @Override
        public ReadHoldingRegistersResponse readHoldingRegisters(
                ModbusRequestContext context, int unit, ReadHoldingRegistersRequest request)
                throws ModbusResponseException {
            pause();
            if (refusal != null) {
                throw new ModbusResponseException(FunctionCode.READ_HOLDING_REGISTERS, refusal);
            }
            if (unit != UNIT || request.address() < 100 || request.address() + request.quantity() > 112) {
                throw new ModbusResponseException(
                        FunctionCode.READ_HOLDING_REGISTERS, ExceptionCode.ILLEGAL_DATA_ADDRESS);
            }
            float[] row = rows.get(Math.min(read.getAndIncrement(), rows.size() - 1));
            ByteBuffer bytes = ByteBuffer.allocate(24);
            for (float value : row) {
                int bits = Float.floatToRawIntBits(value);
                bytes.putShort((short) bits).putShort((short) (bits >> 16));
            }
            byte[] some = new byte[request.quantity() * 2];
            bytes.position((request.address() - 100) * 2).get(some);
            return new ReadHoldingRegistersResponse(some);
        }

        @Override
        public ReadCoilsResponse readCoils(ModbusRequestContext context, int unit, ReadCoilsRequest request) {
            return new ReadCoilsResponse(new byte[] {(byte) 0b1010_0101, 0b11});
        }

        private void pause() {
            try {
                Thread.sleep(pauseMillis);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
