package dev.skerry.assess;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Samples in direct memory, so that nothing is read or decoded while times are taken. Of more samples than fit only those are here
 * that the queries ask for.
 */
public final class SampleLibrary implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final List<SortedMap<String, long[]>> shapes = new ArrayList<>();
    private final String origin;
    private final int[] indices;
    private final @Nullable Held[] byIndex;
    private String digest = "";
    private double decodeMicros;

    /**
     * A sample.
     *
     * @param shape index of its dimensions among the shapes
     * @param inputs in the order of their names
     */
    record Held(int shape, List<MemorySegment> inputs) {}

    private SampleLibrary(String origin, int total, int[] indices) {
        this.origin = origin;
        this.indices = indices.clone();
        this.byIndex = new Held[total];
    }

    /**
     * Reads samples, each once and in order.
     *
     * @param origin what a person calls them: {@code noise}, {@code eval.npz}
     * @param total how many there are
     * @param wanted indices of those to hold, sorted
     * @param nanoTime for how long reading one takes
     * @throws dev.skerry.problem.ProblemException {@code bench.samples} where there is none, or one holds text
     */
    public static SampleLibrary load(
            String origin, int total, Iterable<Sample> source, int[] wanted, LongSupplier nanoTime) {
        var library = new SampleLibrary(origin, total, wanted);
        boolean kept = false;
        try {
            library.read(source, nanoTime);
            kept = true;
            return library;
        } finally {
            if (!kept) {
                library.close();
            }
        }
    }

    private void read(Iterable<Sample> source, LongSupplier nanoTime) {
        Iterator<Sample> samples = source.iterator();
        try {
            read(samples, nanoTime);
        } finally {
            SampleSource.leave(samples);
        }
    }

    private void read(Iterator<Sample> samples, LongSupplier nanoTime) {
        var known = new LinkedHashMap<String, Integer>();
        MessageDigest hash = sha256();
        int held = 0;
        int index = 0;
        long start = nanoTime.getAsLong();
        while (held < indices.length && samples.hasNext()) {
            Sample sample = samples.next();
            if (Arrays.binarySearch(indices, index++) < 0) {
                continue;
            }
            var inputs = new ArrayList<MemorySegment>();
            var dims = new TreeMap<String, long[]>();
            var key = new StringBuilder();
            new TreeMap<>(sample.inputs()).forEach((name, tensor) -> {
                requireNumbers(sample, name, tensor);
                MemorySegment copy = arena.allocate(Math.max(1, tensor.byteSize()), 64)
                        .asSlice(0, tensor.byteSize())
                        .copyFrom(tensor.data());
                inputs.add(copy);
                dims.put(name, tensor.dims());
                key.append(name).append(tensor.shape()).append(tensor.type().label());
                hash.update((name + tensor.shape() + tensor.type().label()).getBytes(StandardCharsets.UTF_8));
                ByteBuffer bytes = copy.asByteBuffer();
                hash.update(bytes);
            });
            int shape = known.computeIfAbsent(key.toString(), _ -> {
                shapes.add(dims);
                return shapes.size() - 1;
            });
            byIndex[index - 1] = new Held(shape, List.copyOf(inputs));
            held++;
        }
        long took = nanoTime.getAsLong() - start;
        if (held == 0) {
            throw Problem.usage("bench.samples", "there are no samples to measure with")
                    .at(origin)
                    .attempt("--samples FILE.npz, or none, for noise")
                    .toException();
        }
        if (held < indices.length) {
            throw Problem.usage("bench.samples", "the source has fewer samples than it says")
                    .at(origin)
                    .because(index + " instead of " + byIndex.length)
                    .toException();
        }
        digest = "sha256:" + HexFormat.of().formatHex(hash.digest());
        decodeMicros = took / 1e3 / index;
    }

    private static void requireNumbers(Sample sample, String name, Tensor tensor) {
        if (tensor.type() == DataType.STRING) {
            throw Problem.usage("bench.samples", "an input of strings can't be measured")
                    .at(sample.id() + ", " + name)
                    .toException();
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    Held sample(int index) {
        Held sample = byIndex[index];
        if (sample == null) {
            throw new IllegalArgumentException("sample " + index + " isn't held");
        }
        return sample;
    }

    /** Those that are held, by their indices in the source. */
    int[] indices() {
        return indices.clone();
    }

    /** The distinct dimensions of inputs; each takes a binding. */
    List<SortedMap<String, long[]>> shapes() {
        return shapes;
    }

    public String origin() {
        return origin;
    }

    /** How many the source has. */
    public int total() {
        return byIndex.length;
    }

    public int size() {
        return indices.length;
    }

    /** SHA-256 of names, dimensions, types and content of what is held. */
    public String digest() {
        return digest;
    }

    /** Mean time to read or decode a sample, in microseconds; no part of any latency. */
    public double decodeMicros() {
        return decodeMicros;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
