package dev.skerry.pipeline;

import java.util.List;

/**
 * Registers of a Modbus TCP server, read again and again; each reading is a row.
 *
 * @param unit number of the device behind the server, 0 to 255
 * @param everySeconds from one reading to the next
 * @param timeoutSeconds how long an answer may take
 */
public record ModbusSpec(
        String host,
        int port,
        int unit,
        List<Register> registers,
        double everySeconds,
        double timeoutSeconds,
        int window,
        int hop,
        Freshness freshness)
        implements NetworkSpec.Telemetry {
    /** Which of a device's four tables. */
    public enum Table {
        HOLDING,
        INPUT,
        COIL,
        DISCRETE
    }

    /** What a value is made of. */
    public enum Type {
        INT16(1),
        UINT16(1),
        INT32(2),
        UINT32(2),
        INT64(4),
        UINT64(4),
        FLOAT32(2),
        FLOAT64(4),
        /** One coil or discrete input: 0 or 1. */
        BIT(1);

        private final int registers;

        Type(int registers) {
            this.registers = registers;
        }

        /** Of 16 bits each. */
        public int registers() {
            return registers;
        }
    }

    /** In which order the bytes of a value of two registers come; A is the most significant. */
    public enum Order {
        ABCD,
        CDAB,
        BADC,
        DCBA
    }

    /**
     * One value: what is read · scale + offset.
     *
     * @param at address in the protocol, from 0 (what makers number 40001 is holding register 0)
     */
    public record Register(int at, Table table, Type type, Order order, double scale, double offset) {}

    public ModbusSpec {
        registers = List.copyOf(registers);
    }

    @Override
    public String word() {
        return "modbus";
    }

    @Override
    public String path() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public int columns() {
        return registers.size();
    }
}
