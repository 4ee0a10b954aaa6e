package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor that the code holds in its arena, row-major. Two of one name are the same memory, seen under other dimensions.
 * Integer layers read it as [height, width, channels]: the last three dimensions, what is before them counted to the height.
 *
 * @param name of the value in the model
 */
record Buffer(String name, DataType type, List<Integer> dims) {
    Buffer {
        dims = List.copyOf(dims);
    }

    /** A tensor of INT8, channels last. */
    static Buffer ofBytes(String name, int height, int width, int channels) {
        return new Buffer(name, DataType.INT8, List.of(height, width, channels));
    }

    static Buffer of(String name, DataType type, long... sizes) {
        return new Buffer(
                name,
                type,
                java.util.Arrays.stream(sizes).mapToObj(Math::toIntExact).toList());
    }

    /** The same memory under other dimensions. */
    Buffer withDims(long... sizes) {
        return of(name, type, sizes);
    }

    /** Height and width exchanged, which is the same memory where one of them is 1. */
    @SuppressWarnings("ArgumentSelectionDefectChecker") // exchanged, as the name says
    Buffer turned() {
        return ofBytes(name, /* height= */ width(), /* width= */ height(), channels());
    }

    boolean isMemoryOf(Buffer other) {
        return name.equals(other.name);
    }

    int elements() {
        return product(dims);
    }

    int bytes() {
        return Math.multiplyExact(elements(), CType.of(type).bytes());
    }

    int height() {
        return dims.size() < 3 ? 1 : product(dims.subList(0, dims.size() - 2));
    }

    int width() {
        return dims.size() < 2 ? 1 : dims.get(dims.size() - 2);
    }

    int channels() {
        return dims.isEmpty() ? 1 : dims.getLast();
    }

    String shape() {
        boolean isVector = product(dims.subList(0, Math.max(dims.size() - 1, 0))) == 1;
        return isVector
                ? Integer.toString(channels())
                : dims.stream().map(String::valueOf).collect(Collectors.joining("×"));
    }

    private static int product(List<Integer> sizes) {
        return sizes.stream().reduce(1, Math::multiplyExact);
    }
}
