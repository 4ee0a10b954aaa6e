package dev.skerry.firmware;

import java.util.List;

/** How often what was run, as the profiler wrote it down. */
record Execution(List<Block> blocks) {
    /**
     * Instructions that ran one after the other.
     *
     * @param part of the run, from 0 on
     * @param end address behind the last
     * @param jumps how often it was left for another place than its end
     */
    record Block(int part, long first, long end, long times, long jumps) {}

    static Execution of(List<String> lines) {
        return new Execution(lines.stream().map(Execution::block).toList());
    }

    private static Block block(String line) {
        String[] words = line.split(" ");
        return new Block(
                Integer.parseInt(words[0]),
                Long.parseLong(words[1], 16),
                Long.parseLong(words[2], 16),
                Long.parseLong(words[3]),
                Long.parseLong(words[4]));
    }

    /** How many instructions ran. */
    long instructions(Disassembly program) {
        return blocks.stream()
                .mapToLong(block -> block.times()
                        * program.instructions()
                                .subMap(block.first(), block.end())
                                .size())
                .sum();
    }
}
