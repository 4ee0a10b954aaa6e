package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Where each buffer lies in the arena. Two buffers may share bytes where no layer needs both. Buffers are placed one after
 * the other, each at the lowest place that is free while it lives: first from the largest to the smallest, then in orders with two
 * of them exchanged, as long as that leads to less.
 *
 * @param offsets in bytes, by name of the buffer
 * @param bytes of the arena; input and output lie in it
 */
record ArenaPlan(Map<String, Integer> offsets, int bytes) {
    /** So that words can be read at once; numbers of 64 bits lie at multiples of 8. */
    private static final int ALIGNMENT = 4;

    /** Orders that are tried: in all reference models the least that is possible is found with far fewer. */
    private static final int TRIES = 5000;

    /** First and last layer that needs a buffer; the input is there from the start, the output to the end. */
    private record Life(Buffer buffer, int from, int to) {
        boolean meets(Life other) {
            return from <= other.to && other.from <= to;
        }
    }

    static ArenaPlan of(Program program) {
        List<Life> order = lives(program);
        order.sort(
                Comparator.comparingInt((Life life) -> -life.buffer().bytes()).thenComparingInt(Life::from));
        int enough = lowerBound(program);
        ArenaPlan best = placed(order);
        // a seed, so that the same model gives the same plan
        var random = new SplittableRandom(1);
        for (int i = 0; i < TRIES && best.bytes() > enough; i++) {
            var tried = new ArrayList<>(order);
            Collections.swap(tried, random.nextInt(tried.size()), random.nextInt(tried.size()));
            ArenaPlan plan = placed(tried);
            // one that is as good is taken too: from there another swap may lead on
            if (plan.bytes() <= best.bytes()) {
                best = plan;
                order = tried;
            }
        }
        return best;
    }

    /** The plan that comes of placing buffers in this order. */
    private static ArenaPlan placed(List<Life> order) {
        var placed = new LinkedHashMap<Life, Integer>();
        var offsets = new LinkedHashMap<String, Integer>();
        int bytes = 0;
        for (Life life : order) {
            int offset = lowest(life, placed);
            placed.put(life, offset);
            offsets.put(life.buffer().name(), offset);
            bytes = Math.max(bytes, offset + size(life.buffer()));
        }
        return new ArenaPlan(offsets, bytes);
    }

    /** The most bytes that are needed at once: no plan without overlap inside of layers takes less. */
    static int lowerBound(Program program) {
        List<Life> lives = lives(program);
        int most = 0;
        for (int layer = 0; layer < program.layers().size(); layer++) {
            int at = layer;
            most = Math.max(
                    most,
                    lives.stream()
                            .filter(life -> life.from() <= at && at <= life.to())
                            .mapToInt(life -> size(life.buffer()))
                            .sum());
        }
        return most;
    }

    int offset(Buffer buffer) {
        return offsets.getOrDefault(buffer.name(), 0);
    }

    private static List<Life> lives(Program program) {
        var lives = new ArrayList<Life>();
        List<Layer> layers = program.layers();
        for (Buffer buffer : program.buffers()) {
            int from = layers.size();
            int to = 0;
            for (int i = 0; i < layers.size(); i++) {
                Layer layer = layers.get(i);
                if (layer.buffers().stream().anyMatch(buffer::isMemoryOf)) {
                    from = Math.min(from, i);
                    to = i;
                }
            }
            lives.add(new Life(buffer, program.takes(buffer) ? 0 : from, program.gives(buffer) ? layers.size() : to));
        }
        return lives;
    }

    private static int lowest(Life life, Map<Life, Integer> placed) {
        List<Map.Entry<Life, Integer>> others = placed.entrySet().stream()
                .filter(entry -> entry.getKey().meets(life))
                .sorted(Map.Entry.comparingByValue())
                .toList();
        int step = alignment(life.buffer());
        int offset = 0;
        for (Map.Entry<Life, Integer> other : others) {
            if (offset + size(life.buffer()) <= other.getValue()) {
                break;
            }
            int end = other.getValue() + size(other.getKey().buffer());
            offset = Math.max(offset, Math.ceilDiv(end, step) * step);
        }
        return offset;
    }

    private static int size(Buffer buffer) {
        return Math.ceilDiv(buffer.bytes(), ALIGNMENT) * ALIGNMENT;
    }

    private static int alignment(Buffer buffer) {
        return Math.max(ALIGNMENT, CType.of(buffer.type()).bytes());
    }
}
