package dev.skerry.model;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The content of a small tensor as far as it is known before the run, row-major: what {@code Shape} gives and what is computed
 * from it on the way to {@code Reshape}, {@code Slice}, {@code Resize}. Entries may be names of dimensions.
 */
record Elements(List<Long> dims, List<Entry> entries) {
    /** Larger tensors are data, not shapes. */
    static final int LIMIT = 4096;

    Elements {
        dims = List.copyOf(dims);
        entries = List.copyOf(entries);
    }

    static Elements scalar(Entry entry) {
        return new Elements(List.of(), List.of(entry));
    }

    static Elements vector(List<Entry> entries) {
        return new Elements(List.of((long) entries.size()), entries);
    }

    static Elements ofShape(Shape shape) {
        return vector(
                shape.dims().stream().map(dim -> (Entry) new Entry.Whole(dim)).toList());
    }

    static Elements unknown(Shape staticShape) {
        long[] sizes = staticShape.sizes();
        return new Elements(
                java.util.Arrays.stream(sizes).boxed().toList(),
                Collections.nCopies(Math.toIntExact(staticShape.elements().orElseThrow()), Entry.UNKNOWN));
    }

    /** The content of {@code tensor}; null where it is large, or not of numbers. */
    static @Nullable Elements of(Tensor tensor) {
        if (tensor.elements() > LIMIT) {
            return null;
        }
        boolean real;
        switch (tensor.type()) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> real = true;
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL -> real = false;
            default -> {
                return null;
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (long i = 0; i < tensor.elements(); i++) {
            long whole = real ? 0 : tensor.longAt(i);
            // beyond what a long holds
            boolean tooLarge = tensor.type() == DataType.UINT64 && whole < 0;
            entries.add(real ? new Entry.Real(tensor.valueAt(i)) : tooLarge ? Entry.UNKNOWN : Entry.of(whole));
        }
        return new Elements(java.util.Arrays.stream(tensor.dims()).boxed().toList(), entries);
    }

    int size() {
        return entries.size();
    }

    Shape shape() {
        return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    }

    /** All entries, where each is a known integer. */
    long @Nullable [] longs() {
        long[] values = new long[entries.size()];
        for (int i = 0; i < values.length; i++) {
            if (!(entries.get(i) instanceof Entry.Whole(Dim.Known(long value)))) {
                return null;
            }
            values[i] = value;
        }
        return values;
    }

    /** All entries as numbers, where each is known. */
    double @Nullable [] reals() {
        double[] values = new double[entries.size()];
        for (int i = 0; i < values.length; i++) {
            switch (entries.get(i)) {
                case Entry.Real(double value) -> values[i] = value;
                case Entry.Whole(Dim.Known(long value)) -> values[i] = value;
                case Entry.Whole _ -> {
                    return null;
                }
            }
        }
        return values;
    }

    /** A tensor of these entries; empty where one isn't known, or the type holds no numbers of whole bytes. */
    Optional<Tensor> tensor(String name, DataType type) {
        double[] reals = reals();
        long[] longs = longs();
        int bytes = type.bits() / 8;
        boolean isReal = type == DataType.FLOAT || type == DataType.DOUBLE;
        boolean isWhole = switch (type) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32, INT64, UINT64, BOOL -> true;
            default -> false;
        };
        if (reals == null || !isReal && (longs == null || !isWhole)) {
            return Optional.empty();
        }
        ByteBuffer data = ByteBuffer.allocate(bytes * size()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size(); i++) {
            if (type == DataType.FLOAT) {
                data.putFloat((float) reals[i]);
            } else if (isReal) {
                data.putDouble(reals[i]);
            } else {
                for (int part = 0; longs != null && part < bytes; part++) {
                    data.put((byte) (longs[i] >> 8 * part));
                }
            }
        }
        long[] sizes = dims.stream().mapToLong(Long::longValue).toArray();
        return Optional.of(Tensor.of(name, type, sizes, MemorySegment.ofArray(data.array())));
    }

    /** The entries as dimensions of a shape. */
    List<Dim> sizes() {
        return entries.stream()
                .map(entry -> switch (entry) {
                    case Entry.Whole(Dim value) -> value;
                    case Entry.Real _ -> new Dim.Unknown();
                })
                .toList();
    }

    Elements reshaped(List<Long> dims) {
        return new Elements(dims, entries);
    }
}
