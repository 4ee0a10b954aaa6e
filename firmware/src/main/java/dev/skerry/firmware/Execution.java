package dev.skerry.firmware;

import java.util.List;

/** How often what was run, as the profiler wrote it down. */
record Execution(List<Block> blocks) {
    /**
     * Instructions that ran one after the other.
     *
     * @param part of the run, from 0 on
     * @param count how many instructions
     * @param after2 how often what ran next lay 2 bytes behind the beginning of the last instruction
     * @param after4 the same of 4 bytes
     */
    record Block(int part, long first, int count, long times, long after2, long after4) {
        /** How often it was left for another place than the instruction behind it. */
        long jumps(Disassembly program) {
            long size = program.size(program.at(first, count).lastKey());
            return times - (size == 2 ? after2 : size == 4 ? after4 : 0);
        }
    }

    static Execution of(List<String> lines) {
        return new Execution(lines.stream().map(Execution::block).toList());
    }

    private static Block block(String line) {
        String[] words = line.split(" ", -1);
        return new Block(
                Integer.parseInt(words[0]),
                Long.parseLong(words[1], 16),
                Integer.parseInt(words[2]),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]),
                Long.parseLong(words[5]));
    }

    /** What ran in one part of the run. */
    Execution part(int part) {
        return new Execution(
                blocks.stream().filter(block -> block.part() == part).toList());
    }

    /** How many instructions ran. */
    long instructions() {
        return blocks.stream().mapToLong(block -> block.times() * block.count()).sum();
    }
}
