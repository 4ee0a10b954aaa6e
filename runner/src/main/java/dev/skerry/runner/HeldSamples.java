package dev.skerry.runner;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Samples decoded into direct memory before the loop, in the order of their source, as many as fit.
 *
 * @param available how many the source has
 * @param shapes the distinct dimensions of inputs; each gets a binding
 */
record HeldSamples(long available, List<Held> samples, long bytes, List<Map<String, long[]>> shapes) {
    /**
     * One sample.
     *
     * @param shape index of its dimensions among the shapes
     * @param inputs content by input name
     */
    record Held(String id, boolean restart, int shape, Map<String, MemorySegment> inputs) {}

    /**
     * Goes through the source until all samples are held or the next one doesn't fit; the first always does.
     *
     * @param mostBytes how much to hold
     */
    static HeldSamples load(SampleSource source, Arena arena, long mostBytes) {
        Iterator<Sample> all = source.iterator();
        try {
            return read(source, all, arena, mostBytes);
        } finally {
            // a decoder that nobody reads from any more would wait for as long as this process lives
            SampleSource.leave(all);
        }
    }

    private static HeldSamples read(SampleSource source, Iterator<Sample> all, Arena arena, long mostBytes) {
        var samples = new ArrayList<Held>();
        var shapes = new LinkedHashMap<String, Integer>();
        var dims = new ArrayList<Map<String, long[]>>();
        long bytes = 0;
        while (all.hasNext()) {
            Sample sample = all.next();
            long size = sample.inputs().values().stream()
                    .mapToLong(Tensor::byteSize)
                    .sum();
            if (!samples.isEmpty() && bytes + size > mostBytes) {
                break;
            }
            bytes += size;
            var inputs = new LinkedHashMap<String, MemorySegment>();
            var shape = new LinkedHashMap<String, long[]>();
            var key = new StringBuilder();
            sample.inputs().keySet().stream().sorted().forEach(name -> {
                Tensor tensor = numeric(sample, name);
                MemorySegment copy = arena.allocate(tensor.byteSize(), 64);
                inputs.put(name, copy.copyFrom(tensor.data()));
                shape.put(name, tensor.dims());
                key.append(name).append(Arrays.toString(tensor.dims()));
            });
            int index = shapes.computeIfAbsent(key.toString(), _ -> {
                dims.add(shape);
                return dims.size() - 1;
            });
            samples.add(new Held(sample.id(), sample.restart(), index, inputs));
        }
        if (samples.isEmpty()) {
            throw Problem.usage("run.samples", "the source has no samples").toException();
        }
        return new HeldSamples(Math.max(source.size(), samples.size()), samples, bytes, dims);
    }

    private static Tensor numeric(Sample sample, String name) {
        Tensor tensor = sample.inputs().get(name);
        if (tensor == null || tensor.type() == DataType.STRING) {
            throw Problem.usage("run.samples", "an input of strings can't be run at a rate")
                    .at(sample.id() + ", " + name)
                    .toException();
        }
        return tensor;
    }
}
