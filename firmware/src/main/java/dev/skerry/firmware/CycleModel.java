package dev.skerry.firmware;

import dev.skerry.firmware.Disassembly.Instruction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What instructions take on a core, with memory that answers at once. A load or store of several registers counts by their words,
 * so that code doesn't look better for moving many at once. There is a model only where the maker says what instructions take.
 */
enum CycleModel {
    /**
     * Two stages, and the multiplier that takes one cycle.
     *
     * @see "Arm Cortex-M0+ Technical Reference Manual r0p1, table 3-1"
     */
    CORTEX_M0PLUS("Arm's Cortex-M0+ TRM, table 3-1; multiplier of one cycle") {
        @Override
        Cycles of(Instruction instruction, @Nullable Instruction before) {
            String name = instruction.name();
            if (isMultiple(name)) {
                int leaves = instruction.operands().contains("pc") ? 1 : 0;
                return Cycles.exactly(1 + words(instruction) + leaves);
            }
            if (isLoad(name) || isStore(name) || name.equals("bl")) {
                return Cycles.exactly(2);
            }
            return Cycles.exactly(isOf(name, "mrs", "msr", "dsb", "dmb", "isb") ? 3 : 1);
        }

        @Override
        Cycles jump() {
            return Cycles.exactly(1);
        }
    },

    /**
     * Three stages. A refill of the pipeline takes one to three cycles; of loads and stores next to each other only the first takes
     * two, as far as addresses allow.
     *
     * @see "Arm Cortex-M4 Technical Reference Manual r0p1, tables 3-1 and 7-1"
     */
    CORTEX_M4("Arm's Cortex-M4 TRM, tables 3-1 and 7-1") {
        @Override
        Cycles of(Instruction instruction, @Nullable Instruction before) {
            String name = instruction.name();
            if (isMultiple(name)) {
                return Cycles.exactly(1 + words(instruction));
            }
            if (isOf(name, "ldrd", "strd")) {
                return Cycles.exactly(3);
            }
            if (isOf(name, "vldr", "vstr")) {
                return Cycles.exactly(instruction.operands().startsWith("d") ? 3 : 2);
            }
            if (isLoad(name) || isStore(name)) {
                boolean follows = before != null && (isLoad(before.name()) || isStore(before.name()));
                return new Cycles(follows || isStore(name) ? 1 : 2, 2);
            }
            if (isOf(name, "sdiv", "udiv")) {
                return new Cycles(2, 12);
            }
            if (isOf(name, "tbb", "tbh")) {
                return Cycles.exactly(2);
            }
            if (isOf(name, "vdiv", "vsqrt")) {
                return Cycles.exactly(14);
            }
            if (isOf(name, "vmla", "vmls", "vnml", "vfm", "vfn")) {
                return Cycles.exactly(3);
            }
            // folded into the instruction before it, where that is of 16 bits
            return new Cycles(name.startsWith("it") ? 0 : 1, 1);
        }

        @Override
        Cycles jump() {
            return new Cycles(1, 3);
        }
    },

    /**
     * A vector of 128 bits goes through in two steps; where an instruction of another kind stands beside it they overlap, so that it
     * takes one. For all others Arm publishes no table: they count one, multiple ones by their words.
     *
     * @see "J. Yiu, Introduction to the Arm Cortex-M55 Processor: Helium in the Cortex-M55"
     */
    CORTEX_M55("two cycles for a vector instruction, one where it overlaps with its neighbour; a coarse model") {
        @Override
        Cycles of(Instruction instruction, @Nullable Instruction before) {
            String name = instruction.name();
            if (isMultiple(name)) {
                return new Cycles(Math.ceilDiv(words(instruction), 2), 1 + words(instruction));
            }
            if (isOf(name, "sdiv", "udiv")) {
                return new Cycles(2, 12);
            }
            if (isOf(name, "le", "it")) {
                return new Cycles(0, 1);
            }
            return new Cycles(1, name.startsWith("v") || isOf(name, "ldrd", "strd") ? 2 : 1);
        }

        @Override
        Cycles jump() {
            return new Cycles(0, 3);
        }
    };

    private static final Pattern RANGE = Pattern.compile("([a-z])(\\d+)-[a-z](\\d+)");

    private final String source;

    CycleModel(String source) {
        this.source = source;
    }

    /** Where its numbers come from. */
    String source() {
        return source;
    }

    /** @param before it in its block; null for the first */
    abstract Cycles of(Instruction instruction, @Nullable Instruction before);

    /** What is added where the next instruction isn't the one behind. */
    abstract Cycles jump();

    /** Of all that ran, or of a part of it. */
    Cycles of(Iterable<Execution.Block> blocks, Disassembly program) {
        Cycles sum = Cycles.NONE;
        for (Execution.Block block : blocks) {
            Cycles once = Cycles.NONE;
            Instruction before = null;
            for (Instruction each : program.at(block.first(), block.count()).values()) {
                once = once.plus(of(each, before));
                before = each;
            }
            sum = sum.plus(once.times(block.times())).plus(jump().times(block.jumps(program)));
        }
        return sum;
    }

    private static boolean isOf(String name, String... beginnings) {
        for (String beginning : beginnings) {
            if (name.startsWith(beginning)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMultiple(String name) {
        return isOf(name, "ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop");
    }

    /** Of one register. */
    private static boolean isLoad(String name) {
        return name.startsWith("ldr") && !name.startsWith("ldrd");
    }

    private static boolean isStore(String name) {
        return name.startsWith("str") && !name.startsWith("strd");
    }

    /** How many words the registers in braces take. */
    static int words(Instruction instruction) {
        String operands = instruction.operands();
        int begin = operands.indexOf('{');
        int end = operands.indexOf('}');
        int words = 0;
        for (String register : operands.substring(begin + 1, end).split(",", -1)) {
            Matcher range = RANGE.matcher(register.strip());
            int count = range.matches() ? Integer.parseInt(range.group(3)) - Integer.parseInt(range.group(2)) + 1 : 1;
            words += register.strip().startsWith("d") ? 2 * count : count;
        }
        return words;
    }
}
