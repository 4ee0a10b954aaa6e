package dev.skerry.firmware;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A linked program as {@code objdump} prints it.
 *
 * @param functions where each begins, by its name
 * @param instructions by their addresses
 */
record Disassembly(Map<String, Long> functions, NavigableMap<Long, Instruction> instructions) {
    private static final Pattern FUNCTION = Pattern.compile("([0-9a-f]+) <([^>]+)>:");
    private static final Pattern INSTRUCTION = Pattern.compile("\\s*([0-9a-f]+):\\s+(\\S+)\\s*(.*)");

    /** @param operands as text, with what they stand for behind them */
    record Instruction(String name, String operands) {}

    /** @param printed by {@code objdump -d --no-show-raw-insn} */
    static Disassembly of(String printed) {
        var functions = new LinkedHashMap<String, Long>();
        var instructions = new TreeMap<Long, Instruction>();
        for (String line : (Iterable<String>) printed.lines()::iterator) {
            Matcher function = FUNCTION.matcher(line);
            Matcher instruction = INSTRUCTION.matcher(line);
            if (function.matches()) {
                functions.put(function.group(2), Long.parseLong(function.group(1), 16));
            } else if (instruction.matches()) {
                instructions.put(
                        Long.parseLong(instruction.group(1), 16),
                        new Instruction(instruction.group(2), instruction.group(3)));
            }
        }
        return new Disassembly(functions, instructions);
    }

    /** So many instructions from an address on. */
    NavigableMap<Long, Instruction> at(long first, int count) {
        long last = first;
        for (int i = 1; i < count; i++) {
            Long next = instructions.higherKey(last);
            if (next == null) {
                throw new IllegalStateException("the program ends before " + Long.toHexString(first) + " + " + count);
            }
            last = next;
        }
        return instructions.subMap(first, true, last, true);
    }

    /** Bytes from an instruction to the next thing that is printed. */
    long size(long address) {
        Long next = instructions.higherKey(address);
        return next == null ? 0 : next - address;
    }

    /** What a function consists of. */
    List<Instruction> code(String function) {
        return List.copyOf(instructions.subMap(address(function), end(function)).values());
    }

    /** Bytes of code of each function. */
    Map<String, Integer> sizes() {
        var sizes = new LinkedHashMap<String, Integer>();
        functions.forEach((name, address) -> sizes.put(name, Math.toIntExact(end(name) - address)));
        return sizes;
    }

    /** Where the next begins. */
    private long end(String function) {
        long begin = address(function);
        return functions.values().stream()
                .filter(other -> other > begin)
                .min(Long::compare)
                .orElse(instructions.lastKey() + 1);
    }

    /** Where a function begins. */
    long address(String function) {
        Long address = functions.get(function);
        if (address == null) {
            throw new IllegalStateException("the program has no function " + function);
        }
        return address;
    }
}
