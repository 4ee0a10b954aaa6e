package dev.skerry.firmware;

import dev.skerry.firmware.Disassembly.Instruction;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The most stack that a function can take with all that it calls: frames as the compiler wrote them down, calls as the linked
 * program has them. Functions of the compiler's own library have no such line; theirs is read off the code.
 */
final class StackUse {
    /** A call or a jump to the beginning of a function. */
    private static final Pattern CALL = Pattern.compile("(?:.*[\\s,])?[0-9a-f]+ <([^>+]+)>.*");

    private static final Pattern GROWTH = Pattern.compile("sp, (?:sp, )?#(\\d+).*|sp,sp,-(\\d+).*");
    private static final Pattern PUSHED = Pattern.compile(".*\\[sp, #-(\\d+)]!.*");

    private final Map<String, Integer> frames;
    private final Disassembly program;
    private final Map<String, Integer> known = new HashMap<>();

    /** @param lines of all files that {@code -fstack-usage} wrote: {@code file:line:column:function bytes kind} */
    StackUse(List<String> lines, Disassembly program) {
        this.program = program;
        frames = new HashMap<>();
        for (String line : lines) {
            String[] columns = line.split("\t", -1);
            String function = columns[0].substring(columns[0].lastIndexOf(':') + 1);
            frames.merge(plain(function), Integer.parseInt(columns[1]), Math::max);
        }
    }

    /** Bytes, its own among them. */
    int of(String function) {
        return of(function, new LinkedHashSet<>());
    }

    private int of(String function, Set<String> callers) {
        Integer before = known.get(function);
        if (before != null) {
            return before;
        }
        if (!callers.add(function)) {
            throw new IllegalStateException(function + " calls itself: " + callers);
        }
        List<Instruction> code = program.code(function);
        int most = 0;
        for (String callee : callees(function, code)) {
            most = Math.max(most, of(callee, callers));
        }
        callers.remove(function);
        Integer written = frames.get(plain(function));
        int bytes = most + (written != null ? written : frame(code));
        known.put(function, bytes);
        return bytes;
    }

    private List<String> callees(String function, List<Instruction> code) {
        var callees = new ArrayList<String>();
        for (Instruction each : code) {
            Matcher call = CALL.matcher(each.operands());
            boolean goes = each.name().startsWith("b")
                    || each.name().startsWith("j")
                    || each.name().startsWith("cb");
            if (goes
                    && call.matches()
                    && !call.group(1).equals(function)
                    && program.functions().containsKey(call.group(1))) {
                callees.add(call.group(1));
            }
        }
        return callees;
    }

    /** All that the code takes off the stack pointer, as if none of it was another way through. */
    private static int frame(List<Instruction> code) {
        int bytes = 0;
        for (Instruction each : code) {
            String name = each.name();
            Matcher pushed = PUSHED.matcher(each.operands());
            Matcher growth = GROWTH.matcher(each.operands());
            if (name.startsWith("push")
                    || name.startsWith("vpush")
                    || name.startsWith("stmdb") && each.operands().startsWith("sp!")) {
                bytes += 4 * CycleModel.words(each);
            } else if (pushed.matches()) {
                bytes += Integer.parseInt(pushed.group(1));
            } else if (growth.matches()
                    && (name.startsWith("sub") && growth.group(1) != null
                            || name.startsWith("add") && growth.group(2) != null)) {
                bytes += Integer.parseInt(growth.group(1) != null ? growth.group(1) : growth.group(2));
            }
        }
        return bytes;
    }

    /** A function that the compiler made another of has its name with a dot behind. */
    private static String plain(String function) {
        return function.replaceFirst("\\..*", "");
    }
}
