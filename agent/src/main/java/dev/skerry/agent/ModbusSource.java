package dev.skerry.agent;

import com.digitalpetri.modbus.ExceptionCode;
import com.digitalpetri.modbus.client.ModbusClientConfig;
import com.digitalpetri.modbus.client.ModbusTcpClient;
import com.digitalpetri.modbus.exceptions.ModbusException;
import com.digitalpetri.modbus.exceptions.ModbusResponseException;
import com.digitalpetri.modbus.exceptions.ModbusTimeoutException;
import com.digitalpetri.modbus.pdu.ReadCoilsRequest;
import com.digitalpetri.modbus.pdu.ReadDiscreteInputsRequest;
import com.digitalpetri.modbus.pdu.ReadHoldingRegistersRequest;
import com.digitalpetri.modbus.pdu.ReadInputRegistersRequest;
import com.digitalpetri.modbus.tcp.client.NettyClientTransportConfig;
import com.digitalpetri.modbus.tcp.client.NettyTcpClientTransport;
import dev.skerry.pipeline.ModbusSpec;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Registers, read at a fixed rate. An answer that says no (an exception of the protocol) leaves the connection as it is; one
 * that doesn't come in time ends it, as it could come later and be taken for the next one's.
 */
final class ModbusSource implements NetworkSource {
    private final ModbusSpec spec;
    private final RowWindow rows;
    private final LongSupplier clock;
    private final RegisterReading reading;
    private final Duration timeout;
    private final Attempts attempts;

    ModbusSource(ModbusSpec spec, Backoff backoff, LongSupplier clock) {
        this.spec = spec;
        this.rows = new RowWindow(spec);
        this.clock = clock;
        this.reading = RegisterReading.of(spec.registers());
        this.timeout = Duration.ofNanos(Math.round(spec.timeoutSeconds() * 1e9));
        this.attempts = new Attempts("skerry-modbus", backoff, rows::trouble, this::attempt);
    }

    @Override
    public void start(SampleSink sink) {
        rows.into(sink);
        attempts.start();
    }

    private void attempt(Attempts life) throws InterruptedException {
        var transport = new NettyTcpClientTransport(NettyClientTransportConfig.create(config -> {
            config.hostname = spec.host();
            config.port = spec.port();
            config.connectTimeout = timeout;
            config.connectPersistent = false;
        }));
        var client =
                new ModbusTcpClient(ModbusClientConfig.create(config -> config.requestTimeout = timeout), transport);
        try {
            client.connect();
            poll(client, life);
        } catch (ModbusException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw problem(e).toException();
        } finally {
            client.disconnectAsync();
        }
    }

    private void poll(ModbusTcpClient client, Attempts life) throws InterruptedException, ModbusException {
        long period = Math.round(spec.everySeconds() * 1e9);
        float[] row = new float[spec.columns()];
        for (long next = clock.getAsLong(); !life.closed(); next += period) {
            life.pause(next - clock.getAsLong());
            long now = clock.getAsLong();
            if (now - next > period) {
                // readings that were due meanwhile are lost, not made up for
                next = now;
                rows.gap();
            }
            try {
                read(client, row);
                life.succeeded();
                rows.recovered();
                if (isFinite(row)) {
                    rows.row(row, now);
                } else {
                    rows.refuse(Problem.remote("network.payload", "a register isn't a number")
                            .at(spec.path())
                            .because("its bits mean not-a-number or infinite")
                            .attempt("type and order of the registers"));
                }
            } catch (ModbusResponseException e) {
                rows.trouble(problem(e));
            }
        }
    }

    private void read(ModbusTcpClient client, float[] row) throws ModbusException {
        for (RegisterReading.Request request : reading.requests()) {
            int at = request.at();
            int count = request.count();
            byte[] answer = switch (request.table()) {
                case HOLDING ->
                    client.readHoldingRegisters(spec.unit(), new ReadHoldingRegistersRequest(at, count))
                            .registers();
                case INPUT ->
                    client.readInputRegisters(spec.unit(), new ReadInputRegistersRequest(at, count))
                            .registers();
                case COIL ->
                    client.readCoils(spec.unit(), new ReadCoilsRequest(at, count))
                            .coils();
                case DISCRETE ->
                    client.readDiscreteInputs(spec.unit(), new ReadDiscreteInputsRequest(at, count))
                            .inputs();
            };
            if (!RegisterReading.read(request, answer, row)) {
                throw Problem.remote("network.modbus", "an answer is not of the length that was asked for")
                        .at(spec.path() + " unit " + spec.unit())
                        .because("asked for " + count + " from " + at + ", found " + answer.length + " bytes")
                        .toException();
            }
        }
    }

    private static boolean isFinite(float[] row) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private Problem problem(ModbusException e) {
        String where = spec.path() + " unit " + spec.unit();
        if (e instanceof ModbusResponseException refused) {
            String word = ExceptionCode.from(refused.getExceptionCode())
                    .map(MqttLink::word)
                    .orElse("exception " + refused.getExceptionCode());
            return Problem.remote("network.modbus", "the device refuses a reading")
                    .at(where)
                    .because("it says: " + word)
                    .attempt("unit, kind and addresses of the registers, which count from 0");
        }
        if (e instanceof ModbusTimeoutException) {
            return Problem.remote("network.modbus", "the device doesn't answer")
                    .at(where)
                    .because("nothing came within " + spec.timeoutSeconds() + " s")
                    .attempt("unit, or a longer timeout");
        }
        return Problem.remote("network.modbus", "no connection to the device")
                .at(where)
                .because(NetworkCause.of(e))
                .attempt("a look at the device and the network; it is tried again");
    }

    @Override
    public Counts counts() {
        return rows.counts(0);
    }

    @Override
    public void close() {
        rows.close();
        attempts.close();
    }
}
