package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Programs of INT8 that nobody would train: odd shapes, windows that go beyond their input, weights and zero points at their ends,
 * channels that are constant or unread, buffers that several layers read. The same seed gives the same program.
 */
@SuppressWarnings("ArrayRecordComponent") // numbers of a layer, compared nowhere
final class RandomPrograms {
    private final SplittableRandom random;
    private final String name;
    private final List<Layer> layers = new ArrayList<>();
    private final List<Buffer> made = new ArrayList<>();

    private RandomPrograms(String name, long seed) {
        this.name = name;
        random = new SplittableRandom(seed);
    }

    static Program of(String name, long seed) {
        return new RandomPrograms(name, seed).program();
    }

    private Program program() {
        Buffer input =
                Buffer.ofBytes(name + "_x", one(3) ? 1 : between(1, 11), one(4) ? 1 : between(1, 11), channels());
        made.add(input);
        int count = between(1, 6);
        for (int i = 0; i < count; i++) {
            // mostly a chain, sometimes a branch
            layer(one(4) ? any(made) : made.getLast());
        }
        var outputs = new ArrayList<>(List.of(layers.getLast().output()));
        if (one(4)) {
            outputs.add(any(layers).output());
        }
        if (one(12)) {
            outputs.add(input);
        }
        List<Port> ports = outputs.stream()
                .distinct()
                .map(buffer -> new Port(buffer.name(), buffer, Grid.PLAIN))
                .toList();
        return new Program(name, List.of(new Port(input.name(), input, Grid.PLAIN)), ports, layers);
    }

    private void layer(Buffer in) {
        switch (between(0, 10)) {
            case 0, 1, 2 -> convolution(in);
            case 3, 4, 5 -> depthwise(in);
            case 6 -> fullyConnected(in);
            case 7, 8 -> addition(in);
            case 9 -> pool(in);
            default -> end(in);
        }
    }

    private void add(Layer layer) {
        layers.add(layer);
        made.add(layer.output());
    }

    private String next() {
        return name + "_v" + layers.size();
    }

    private void convolution(Buffer in) {
        boolean isPoint = one(3);
        Window window = window(in, isPoint, true);
        Buffer out = output(in, window, channels());
        int depth = window.height() * window.width() * in.channels();
        add(new Layer.Convolution(next(), in, out, window, weights(out.channels(), depth, true)));
    }

    private void depthwise(Buffer in) {
        Window window = window(in, one(8), true);
        int multiplier = one(4) ? between(2, 3) : 1;
        Buffer out = output(in, window, in.channels() * multiplier);
        add(new Layer.Depthwise(
                next(), in, out, window, weights(out.channels(), window.height() * window.width(), false)));
    }

    private void fullyConnected(Buffer in) {
        Buffer flat = one(2) ? Buffer.ofBytes(in.name(), 1, 1, in.elements()) : in;
        Buffer out = Buffer.ofBytes(next(), 1, 1, channels());
        add(new Layer.FullyConnected(next(), flat, out, weights(out.channels(), in.elements(), true)));
    }

    private void addition(Buffer in) {
        List<Buffer> same =
                made.stream().filter(each -> each.dims().equals(in.dims())).toList();
        int widening = one(8) ? between(0, 22) : 20;
        var rescale = new Rescale(
                new int[] {multiplier()},
                new int[] {one(8) ? between(-31, 1) : -between(15, 21)},
                zero(),
                least(),
                most());
        add(new Layer.Addition(
                next(),
                in,
                any(same),
                Buffer.ofBytes(next(), in.height(), in.width(), in.channels()),
                widening,
                summand(),
                summand(),
                rescale));
    }

    private Layer.Summand summand() {
        return new Layer.Summand(zero(), multiplier(), one(10) ? -between(5, 31) : -between(0, 3));
    }

    private void pool(Buffer in) {
        boolean isMost = one(2);
        Window window = window(in, false, false);
        Buffer out = output(in, window, in.channels());
        add(
                isMost
                        ? new Layer.MaxPool(next(), in, out, window)
                        : new Layer.AveragePool(next(), in, out, window, least(), most()));
    }

    private void end(Buffer in) {
        if (one(2)) {
            var rescale = new Rescale(new int[] {multiplier()}, new int[] {between(-2, 1)}, zero(), least(), most());
            add(new Layer.Mean(next(), in, Buffer.ofBytes(next(), 1, 1, in.channels()), zero(), rescale));
        } else {
            Buffer out = Buffer.ofBytes(next(), in.height(), in.width(), in.channels());
            int shift = between(18, 26);
            add(new Layer.Softmax(next(), in, out, in.channels(), multiplier(), shift, -(31 << (26 - shift))));
        }
    }

    /** @param isFree whether it may be dilated, and see nothing of its input */
    private Window window(Buffer in, boolean isPoint, boolean isFree) {
        int height = isPoint ? 1 : kernel();
        int width = isPoint ? 1 : in.width() == 1 && one(2) ? 1 : kernel();
        boolean isDilated = isFree && one(8);
        boolean isUnit = one(2);
        int strideHeight = isUnit ? 1 : between(1, 3);
        return new Window(
                height,
                width,
                strideHeight,
                isUnit ? 1 : one(2) ? strideHeight : between(1, 3),
                isDilated ? between(1, 3) : 1,
                isDilated ? between(1, 3) : 1,
                padding(height, isFree),
                padding(width, isFree));
    }

    private int kernel() {
        return one(10) ? between(6, 13) : one(3) ? 3 : between(1, 5);
    }

    private int padding(int kernel, boolean isFree) {
        return isFree && one(12) ? between(0, kernel + 3) : one(2) ? (kernel - 1) / 2 : between(0, kernel - 1);
    }

    private Buffer output(Buffer in, Window window, int channels) {
        int height = places(in.height(), window.height(), window.strideHeight(), window.dilationHeight(), window.top());
        int width = places(in.width(), window.width(), window.strideWidth(), window.dilationWidth(), window.left());
        return Buffer.ofBytes(next(), height, width, channels);
    }

    /** Most see all of the input, some go on behind it, and a few end before it does. */
    private int places(int size, int kernel, int stride, int dilation, int before) {
        int whole = (kernel - 1) * dilation + 1;
        // where the first lies beyond what an average can be of, it is kept out of the way by the padding alone
        int behind = one(10) ? -between(0, size) : padding(kernel, before >= kernel);
        int places = Math.max(1, (size + before + behind - whole) / stride + 1);
        while (places > 1 && before < kernel && (places - 1) * stride - before >= size) {
            places--;
        }
        // as large as memory of a board has room for
        return Math.min(places, 16);
    }

    private Layer.Weights weights(int outputs, int depth, boolean isByOutput) {
        int kind = between(0, 9);
        byte[] values = new byte[outputs * depth];
        int most = kind == 0 ? 3 : 128;
        for (int i = 0; i < values.length; i++) {
            int value = kind == 1 ? -128 : kind == 2 ? between(0, 1) * 255 - 128 : between(-most, most - 1);
            values[i] = (byte) (kind > 6 ? Math.max(-127, value) : value);
        }
        int[] bias = new int[outputs];
        int[] shifts = new int[one(3) ? 1 : outputs];
        int[] multipliers = new int[shifts.length];
        int bits = 32 - Integer.numberOfLeadingZeros(depth);
        for (int i = 0; i < outputs; i++) {
            bias[i] = one(30) ? between(-1 << 29, 1 << 29) : between(-20000, 20000);
            if (one(5)) {
                dead(values, i, outputs, depth, isByOutput);
                bias[i] = one(2) ? 0 : bias[i];
            }
        }
        for (int i = 0; i < shifts.length; i++) {
            multipliers[i] = one(40) ? 0 : multiplier();
            shifts[i] = one(40) ? between(-31, 3) : -Math.min(31, between(bits / 2 + 3, bits / 2 + 9));
        }
        if (isByOutput && one(2)) {
            // inputs that nobody reads
            for (int i = 0; i < values.length; i++) {
                values[i] = i % depth % 3 == 0 ? 0 : values[i];
            }
        }
        return new Layer.Weights(values, bias, zero(), new Rescale(multipliers, shifts, zero(), least(), most()));
    }

    private static void dead(byte[] values, int output, int outputs, int depth, boolean isByOutput) {
        for (int i = 0; i < depth; i++) {
            values[isByOutput ? output * depth + i : i * outputs + output] = 0;
        }
    }

    private int channels() {
        return one(2) ? 4 * between(1, 5) : between(1, 20);
    }

    private int multiplier() {
        return one(20) ? Integer.MAX_VALUE : one(20) ? 1 << 30 : between(1 << 30, Integer.MAX_VALUE);
    }

    private int zero() {
        return one(4) ? -128 : one(5) ? 127 : between(-128, 127);
    }

    private int least() {
        return one(3) ? between(-128, -20) : -128;
    }

    private int most() {
        return one(3) ? between(20, 127) : 127;
    }

    private boolean one(int of) {
        return random.nextInt(of) == 0;
    }

    private int between(int least, int most) {
        return (int) random.nextLong(least, most + 1L);
    }

    private <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    /** Random bytes, or few different ones, or those at the ends. */
    static byte[] input(int bytes, long seed) {
        var random = new SplittableRandom(seed);
        byte[] input = new byte[bytes];
        random.nextBytes(input);
        if (seed % 3 == 1) {
            Arrays.fill(input, (byte) (random.nextBoolean() ? 127 : -128));
        } else if (seed % 3 == 2) {
            for (int i = 0; i < bytes; i++) {
                input[i] = input[i] < 0 ? Byte.MIN_VALUE : Byte.MAX_VALUE;
            }
        }
        return input;
    }
}
