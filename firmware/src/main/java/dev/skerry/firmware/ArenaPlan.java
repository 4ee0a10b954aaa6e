package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Where each buffer lies in the arena. Two buffers may share bytes where no layer needs both, and as far as the layer that reads
 * the one and makes the other allows. Buffers are placed one after the other, each at the lowest place that is free while it lives:
 * first from the largest to the smallest, then in orders with two of them exchanged, as long as that leads to less.
 *
 * @param offsets in bytes, by name of the buffer
 * @param scratch in bytes, by number of the layer
 * @param peaks up to where the arena is in use while a layer runs, by number of the layer
 * @param bytes of the arena; input and output lie in it
 */
record ArenaPlan(Map<String, Integer> offsets, Map<Integer, Integer> scratch, Map<Integer, Integer> peaks, int bytes) {
    /** So that words can be read at once; numbers of 64 bits lie at multiples of 8. */
    private static final int ALIGNMENT = 4;

    /** Orders that are tried: in all reference models the least that is possible is found with far fewer. */
    private static final int TRIES = 5000;

    /**
     * First and last layer that needs some bytes; the input is there from the start, the output to the end.
     *
     * @param scratchOf the number of the layer whose scratch it is; −1 for a buffer
     */
    private record Life(Buffer buffer, int scratchOf, int bytes, int from, int to) {
        boolean meets(Life other) {
            return from <= other.to && other.from <= to;
        }
    }

    /** Plans with nothing but whole values. */
    static ArenaPlan of(Program program) {
        return of(program, Collections.nCopies(program.layers().size(), Placement.PLAIN));
    }

    /** @param placements what each layer asks for */
    static ArenaPlan of(Program program, List<Placement> placements) {
        List<Life> order = lives(program, placements);
        order.sort(Comparator.comparingInt((Life life) -> -life.bytes()).thenComparingInt(Life::from));
        var layers = new Overlaps(program, placements);
        int enough = bound(order, layers);
        ArenaPlan best = placed(order, layers);
        // outputs that lie some bytes before their inputs want to be placed from the last on
        List<Life> backwards = new ArrayList<>(order);
        backwards.sort(Comparator.comparingInt((Life life) -> -life.from()));
        ArenaPlan other = placed(backwards, layers);
        if (other.bytes() < best.bytes()) {
            best = other;
            order = backwards;
        }
        // a seed, so that the same model gives the same plan
        var random = new SplittableRandom(1);
        for (int i = 0; i < TRIES && best.bytes() > enough; i++) {
            var tried = new ArrayList<>(order);
            Collections.swap(tried, random.nextInt(tried.size()), random.nextInt(tried.size()));
            ArenaPlan plan = placed(tried, layers);
            // one that is as good is taken too: from there another swap may lead on
            if (plan.bytes() <= best.bytes()) {
                best = plan;
                order = tried;
            }
        }
        return best;
    }

    /** Which output may lie over which input, and how. */
    private record Overlaps(Program program, List<Placement> placements) {
        /** How {@code output} may lie over {@code input}: what the layer that makes the one says, where it is the last to read the other. */
        Overlap of(Life input, Life output) {
            if (input.scratchOf() >= 0 || output.scratchOf() >= 0 || input.to() != output.from()) {
                return Overlap.NONE;
            }
            Layer layer = program.layers().get(output.from());
            boolean joined = layer.output().isMemoryOf(output.buffer())
                    && layer.inputs().stream().anyMatch(input.buffer()::isMemoryOf);
            return joined ? placements.get(output.from()).overlap() : Overlap.NONE;
        }

        boolean allows(Life a, int at, Life b, int other) {
            boolean isApart = at + a.bytes() <= other || other + b.bytes() <= at;
            return isApart || allowed(of(a, b), at, other) || allowed(of(b, a), other, at);
        }

        private static boolean allowed(Overlap overlap, int input, int output) {
            return switch (overlap) {
                case Overlap.Apart() -> false;
                case Overlap.InPlace() -> input == output;
                case Overlap.Ahead(int slack) -> input - output >= slack;
            };
        }

        /** The places next to {@code other} that {@code life} could have, the other at {@code at}. */
        IntStream candidates(Life life, Life other, int at) {
            return IntStream.of(
                    at + other.bytes(), at, of(life, other) instanceof Overlap.Ahead(int slack) ? at + slack : at);
        }
    }

    /** The plan that comes of placing in this order. */
    private static ArenaPlan placed(List<Life> order, Overlaps layers) {
        var placed = new LinkedHashMap<Life, Integer>();
        var offsets = new LinkedHashMap<String, Integer>();
        var scratch = new LinkedHashMap<Integer, Integer>();
        var peaks = new LinkedHashMap<Integer, Integer>();
        int bytes = 0;
        for (Life life : order) {
            int offset = lowest(life, placed, layers);
            placed.put(life, offset);
            if (life.scratchOf() >= 0) {
                scratch.put(life.scratchOf(), offset);
            } else {
                offsets.put(life.buffer().name(), offset);
            }
            int end = offset + life.bytes();
            for (int layer = life.from(); layer <= life.to(); layer++) {
                peaks.merge(layer, end, Math::max);
            }
            bytes = Math.max(bytes, end);
        }
        return new ArenaPlan(offsets, scratch, peaks, bytes);
    }

    private static int lowest(Life life, Map<Life, Integer> placed, Overlaps layers) {
        List<Map.Entry<Life, Integer>> others = placed.entrySet().stream()
                .filter(entry -> entry.getKey().meets(life))
                .toList();
        int step = alignment(life);
        return IntStream.concat(
                        IntStream.of(0),
                        others.stream()
                                .flatMapToInt(other -> layers.candidates(life, other.getKey(), other.getValue())))
                .map(offset -> Math.ceilDiv(offset, step) * step)
                .filter(offset -> offset >= 0)
                .sorted()
                .distinct()
                .filter(offset -> others.stream()
                        .allMatch(other -> layers.allows(life, offset, other.getKey(), other.getValue())))
                .findFirst()
                .orElseThrow();
    }

    /** The most bytes that are needed at once: no plan of whole values takes less. */
    static int lowerBound(Program program) {
        List<Placement> plain = Collections.nCopies(program.layers().size(), Placement.PLAIN);
        return bound(lives(program, plain), new Overlaps(program, plain));
    }

    /** The most bytes that are needed at once. */
    private static int bound(List<Life> lives, Overlaps layers) {
        return IntStream.range(0, layers.placements().size())
                .map(layer -> needed(layer, lives, layers))
                .max()
                .orElse(0);
    }

    /** The bytes that a layer needs at least, where the input is overlapped that saves most. */
    static int needed(Program program, List<Placement> placements, int layer) {
        return needed(layer, lives(program, placements), new Overlaps(program, placements));
    }

    private static int needed(int layer, List<Life> lives, Overlaps layers) {
        List<Life> alive = lives.stream()
                .filter(life -> life.from() <= layer && layer <= life.to())
                .toList();
        int saved = 0;
        for (Life output : alive) {
            for (Life input : alive) {
                saved = Math.max(saved, saved(layers.of(input, output), input, output));
            }
        }
        return alive.stream().mapToInt(Life::bytes).sum() - saved;
    }

    private static int saved(Overlap overlap, Life input, Life output) {
        int apart = input.bytes() + output.bytes();
        return switch (overlap) {
            case Overlap.Apart() -> 0;
            case Overlap.InPlace() -> apart - Math.max(input.bytes(), output.bytes());
            case Overlap.Ahead(int slack) ->
                Math.max(0, apart - Math.max(Math.max(slack, 0) + input.bytes(), output.bytes()));
        };
    }

    /** Everything that lies in the arena, and the layers from which to which it is needed. */
    List<Firmware.Place> places(Program program, List<Placement> placements) {
        int last = program.layers().size() - 1;
        return lives(program, placements).stream()
                .map(life -> new Firmware.Place(
                        life.scratchOf() < 0 ? life.buffer().name() : "",
                        life.scratchOf() < 0 ? life.buffer().shape() : "",
                        life.scratchOf() < 0 ? offset(life.buffer()) : scratch(life.scratchOf()),
                        life.bytes(),
                        life.from(),
                        Math.min(life.to(), last)))
                .toList();
    }

    int offset(Buffer buffer) {
        return offsets.getOrDefault(buffer.name(), 0);
    }

    int scratch(int layer) {
        return scratch.getOrDefault(layer, 0);
    }

    /** Up to where the arena is in use while a layer runs. */
    int peak(int layer) {
        return peaks.getOrDefault(layer, 0);
    }

    private static List<Life> lives(Program program, List<Placement> placements) {
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
            lives.add(new Life(
                    buffer,
                    -1,
                    size(buffer.bytes()),
                    program.takes(buffer) ? 0 : from,
                    program.gives(buffer) || program.keeps(buffer) ? layers.size() : to));
        }
        for (int i = 0; i < layers.size(); i++) {
            int bytes = placements.get(i).scratchBytes();
            if (bytes > 0) {
                lives.add(new Life(layers.get(i).output(), i, size(bytes), i, i));
            }
        }
        return lives;
    }

    private static int alignment(Life life) {
        return life.scratchOf() >= 0
                ? ALIGNMENT
                : Math.max(ALIGNMENT, CType.of(life.buffer().type()).bytes());
    }

    private static int size(int bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
}
