package dev.skerry.agent;

import dev.skerry.pipeline.ModbusSpec.Order;
import dev.skerry.pipeline.ModbusSpec.Register;
import dev.skerry.pipeline.ModbusSpec.Table;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which requests bring all registers, as few as can be: neighbours of a table come together, even with some registers between
 * that nobody asked for. And what their answers mean. Pure.
 */
final class RegisterReading {
    /** Of the specification: what one answer can hold. */
    private static final int MOST_REGISTERS = 125;

    private static final int MOST_BITS = 2000;
    /** Registers between two wanted ones that cost less to read along than another request. */
    private static final int MOST_BETWEEN = 8;

    private final List<Request> requests;

    /**
     * One request.
     *
     * @param registers which columns it brings
     */
    record Request(Table table, int at, int count, List<Column> registers) {
        Request {
            registers = List.copyOf(registers);
        }

        boolean ofBits() {
            return isBits(table);
        }
    }

    /** A value of the row. */
    record Column(int index, Register register) {}

    private RegisterReading(List<Request> requests) {
        this.requests = List.copyOf(requests);
    }

    static RegisterReading of(List<Register> registers) {
        List<Column> columns = IntStream.range(0, registers.size())
                .mapToObj(i -> new Column(i, registers.get(i)))
                .sorted(Comparator.comparing((Column column) -> column.register.table())
                        .thenComparingInt(column -> column.register.at()))
                .toList();
        var requests = new ArrayList<Request>();
        var group = new ArrayList<Column>();
        int start = 0;
        int end = 0;
        for (Column column : columns) {
            Register register = column.register;
            int after = register.at() + register.type().registers();
            int most = isBits(register.table()) ? MOST_BITS : MOST_REGISTERS;
            boolean joins = !group.isEmpty()
                    && group.getFirst().register.table() == register.table()
                    && register.at() - end <= MOST_BETWEEN
                    && Math.max(end, after) - start <= most;
            if (!joins) {
                if (!group.isEmpty()) {
                    requests.add(new Request(group.getFirst().register.table(), start, end - start, group));
                    group.clear();
                }
                start = register.at();
                end = after;
            }
            group.add(column);
            end = Math.max(end, after);
        }
        if (!group.isEmpty()) {
            requests.add(new Request(group.getFirst().register.table(), start, end - start, group));
        }
        return new RegisterReading(requests);
    }

    List<Request> requests() {
        return requests;
    }

    /**
     * Puts the values of an answer into the row.
     *
     * @param answer as it came: big-endian registers, or bits from the lowest
     * @return false where the answer is of another length than was asked for
     */
    static boolean read(Request request, byte[] answer, float[] row) {
        int needed = request.ofBits() ? (request.count + 7) / 8 : request.count * 2;
        if (answer.length != needed) {
            return false;
        }
        for (Column column : request.registers) {
            Register register = column.register;
            int at = register.at() - request.at;
            double value = request.ofBits() ? answer[at / 8] >> at % 8 & 1 : number(register, answer, at * 2);
            row[column.index] = (float) (value * register.scale() + register.offset());
        }
        return true;
    }

    private static boolean isBits(Table table) {
        return table == Table.COIL || table == Table.DISCRETE;
    }

    private static double number(Register register, byte[] answer, int at) {
        int registers = register.type().registers();
        boolean wordsSwapped = register.order() == Order.CDAB || register.order() == Order.DCBA;
        boolean bytesSwapped = register.order() == Order.BADC || register.order() == Order.DCBA;
        var bytes = ByteBuffer.allocate(8);
        for (int i = 0; i < registers; i++) {
            int from = at + 2 * (wordsSwapped ? registers - 1 - i : i);
            bytes.put(answer[from + (bytesSwapped ? 1 : 0)]).put(answer[from + (bytesSwapped ? 0 : 1)]);
        }
        return switch (register.type()) {
            case INT16 -> bytes.getShort(0);
            case UINT16 -> Short.toUnsignedInt(bytes.getShort(0));
            case INT32 -> bytes.getInt(0);
            case UINT32 -> Integer.toUnsignedLong(bytes.getInt(0));
            case INT64 -> bytes.getLong(0);
            case UINT64 -> {
                long bits = bytes.getLong(0);
                // halved and doubled again where it doesn't fit a signed number
                yield bits >= 0 ? bits : (double) (bits >>> 1 | bits & 1) * 2;
            }
            case FLOAT32 -> bytes.getFloat(0);
            case FLOAT64 -> bytes.getDouble(0);
            case BIT -> bytes.getShort(0) & 1;
        };
    }
}
