package dev.skerry.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The shape of a tensor whose rank is known. */
public record Shape(List<Dim> dims) {
    public static final Shape SCALAR = new Shape(List.of());

    public Shape {
        dims = List.copyOf(dims);
    }

    public static Shape of(long... sizes) {
        return new Shape(Arrays.stream(sizes).mapToObj(Dim::of).toList());
    }

    public int rank() {
        return dims.size();
    }

    /** The dimension at {@code axis}; a negative axis counts from the end. */
    public Dim dim(int axis) {
        return dims.get(axis < 0 ? axis + rank() : axis);
    }

    public boolean isStatic() {
        return dims.stream().allMatch(Dim.Known.class::isInstance);
    }

    /** All sizes, of a static shape only. */
    public long[] sizes() {
        return dims.stream()
                .mapToLong(dim -> switch (dim) {
                    case Dim.Known known -> known.size();
                    case Dim.Symbolic _, Dim.Unknown _ ->
                        throw new IllegalStateException("shape " + this + " is not static");
                })
                .toArray();
    }

    /** The number of elements, where all sizes are known. */
    public OptionalLong elements() {
        return isStatic()
                ? OptionalLong.of(Arrays.stream(sizes()).reduce(1, Math::multiplyExact))
                : OptionalLong.empty();
    }

    /** Puts sizes in the place of names; names without a size stay. */
    public Shape pin(Map<String, Long> sizes) {
        return new Shape(dims.stream()
                .map(dim -> dim instanceof Dim.Symbolic symbol && sizes.containsKey(symbol.name())
                        ? Dim.of(sizes.get(symbol.name()))
                        : dim)
                .toList());
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining("×", "[", "]"));
    }
}
