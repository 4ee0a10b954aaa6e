package dev.skerry.firmware;

import java.util.HashMap;
import java.util.Map;

/**
 * Does in Java what the generated C does, byte for byte: for golden vectors, and to tell a wrong kernel from a wrong lowering.
 */
final class Interpreter {
    private final Program program;
    private final Map<String, byte[]> values = new HashMap<>();

    Interpreter(Program program) {
        this.program = program;
    }

    byte[] run(byte[] input) {
        values.clear();
        values.put(program.inputs().getFirst().buffer().name(), input.clone());
        for (Layer layer : program.layers()) {
            byte[] made = new byte[layer.output().elements()];
            switch (layer) {
                case Layer.Convolution each -> convolution(each, made);
                case Layer.Depthwise each -> depthwise(each, made);
                case Layer.FullyConnected each -> fullyConnected(each, made);
                case Layer.Addition each -> addition(each, made);
                case Layer.AveragePool each -> averagePool(each, made);
                case Layer.Mean each -> mean(each, made);
                case Layer.MaxPool each -> maxPool(each, made);
                case Layer.Softmax each -> softmax(each, made);
                case Layer.Loops each -> throw new IllegalStateException(each.name() + " is not of INT8");
            }
            values.put(layer.output().name(), made);
        }
        return value(program.outputs().getFirst().buffer());
    }

    private byte[] value(Buffer buffer) {
        byte[] value = values.get(buffer.name());
        if (value == null) {
            throw new IllegalStateException(buffer.name() + " isn't made yet");
        }
        return value;
    }

    private static int row(Window window, int out, int kernel) {
        return out * window.strideHeight() - window.top() + kernel * window.dilationHeight();
    }

    private static int column(Window window, int out, int kernel) {
        return out * window.strideWidth() - window.left() + kernel * window.dilationWidth();
    }

    private static boolean isInside(Buffer buffer, int row, int column) {
        return row >= 0 && row < buffer.height() && column >= 0 && column < buffer.width();
    }

    private void convolution(Layer.Convolution layer, byte[] made) {
        byte[] x = value(layer.input());
        Buffer in = layer.input();
        Buffer out = layer.output();
        Window window = layer.window();
        int at = 0;
        for (int row = 0; row < out.height(); row++) {
            for (int column = 0; column < out.width(); column++) {
                for (int channel = 0; channel < out.channels(); channel++) {
                    int sum = layer.weights().bias()[channel];
                    for (int r = 0; r < window.height(); r++) {
                        for (int c = 0; c < window.width(); c++) {
                            int inRow = row(window, row, r);
                            int inColumn = column(window, column, c);
                            if (!isInside(in, inRow, inColumn)) {
                                continue;
                            }
                            int from = (inRow * in.width() + inColumn) * in.channels();
                            int weight = ((channel * window.height() + r) * window.width() + c) * in.channels();
                            for (int i = 0; i < in.channels(); i++) {
                                sum += (x[from + i] - layer.weights().zero())
                                        * layer.weights().values()[weight + i];
                            }
                        }
                    }
                    made[at++] = layer.weights().rescale().of(sum, channel);
                }
            }
        }
    }

    private void depthwise(Layer.Depthwise layer, byte[] made) {
        byte[] x = value(layer.input());
        Buffer in = layer.input();
        Buffer out = layer.output();
        Window window = layer.window();
        int at = 0;
        for (int row = 0; row < out.height(); row++) {
            for (int column = 0; column < out.width(); column++) {
                for (int channel = 0; channel < out.channels(); channel++) {
                    int sum = layer.weights().bias()[channel];
                    for (int r = 0; r < window.height(); r++) {
                        for (int c = 0; c < window.width(); c++) {
                            int inRow = row(window, row, r);
                            int inColumn = column(window, column, c);
                            if (isInside(in, inRow, inColumn)) {
                                int from =
                                        (inRow * in.width() + inColumn) * in.channels() + channel / layer.multiplier();
                                sum += (x[from] - layer.weights().zero())
                                        * layer.weights().values()[(r * window.width() + c) * out.channels() + channel];
                            }
                        }
                    }
                    made[at++] = layer.weights().rescale().of(sum, channel);
                }
            }
        }
    }

    private void fullyConnected(Layer.FullyConnected layer, byte[] made) {
        byte[] x = value(layer.input());
        for (int output = 0; output < made.length; output++) {
            int sum = layer.weights().bias()[output];
            for (int i = 0; i < x.length; i++) {
                sum += (x[i] - layer.weights().zero()) * layer.weights().values()[output * x.length + i];
            }
            made[output] = layer.weights().rescale().of(sum, output);
        }
    }

    private void addition(Layer.Addition layer, byte[] made) {
        byte[] left = value(layer.left());
        byte[] right = value(layer.right());
        for (int i = 0; i < made.length; i++) {
            made[i] = layer.of(left[i], right[i]);
        }
    }

    private void averagePool(Layer.AveragePool layer, byte[] made) {
        pool(
                layer.input(),
                layer.output(),
                layer.window(),
                (sum, most, count) -> {
                    int mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
                    return (byte) Math.clamp(mean, layer.least(), layer.most());
                },
                made);
    }

    private void mean(Layer.Mean layer, byte[] made) {
        byte[] x = value(layer.input());
        for (int channel = 0; channel < made.length; channel++) {
            int sum = 0;
            for (int i = channel; i < x.length; i += made.length) {
                sum += x[i];
            }
            made[channel] = layer.of(sum);
        }
    }

    private void maxPool(Layer.MaxPool layer, byte[] made) {
        pool(layer.input(), layer.output(), layer.window(), (sum, most, count) -> (byte) most, made);
    }

    private interface Pooled {
        byte of(int sum, int most, int count);
    }

    private void pool(Buffer in, Buffer out, Window window, Pooled pooled, byte[] made) {
        byte[] x = value(in);
        int at = 0;
        for (int row = 0; row < out.height(); row++) {
            for (int column = 0; column < out.width(); column++) {
                for (int channel = 0; channel < out.channels(); channel++) {
                    int sum = 0;
                    int count = 0;
                    int most = Byte.MIN_VALUE;
                    for (int r = 0; r < window.height(); r++) {
                        for (int c = 0; c < window.width(); c++) {
                            int inRow = row(window, row, r);
                            int inColumn = column(window, column, c);
                            if (isInside(in, inRow, inColumn)) {
                                int value = x[(inRow * in.width() + inColumn) * in.channels() + channel];
                                sum += value;
                                most = Math.max(most, value);
                                count++;
                            }
                        }
                    }
                    made[at++] = pooled.of(sum, most, count);
                }
            }
        }
    }

    private void softmax(Layer.Softmax layer, byte[] made) {
        byte[] x = value(layer.input());
        int channels = layer.row();
        for (int row = 0; row < x.length; row += channels) {
            int most = Byte.MIN_VALUE;
            for (int i = 0; i < channels; i++) {
                most = Math.max(most, x[row + i]);
            }
            int sum = 0;
            for (int i = 0; i < channels; i++) {
                int difference = x[row + i] - most;
                if (difference >= layer.leastDifference()) {
                    sum += FixedPoint.shiftRight(power(layer, difference), 12);
                }
            }
            int headroom = Integer.numberOfLeadingZeros(sum);
            // where many share a row, nothing is left of any share
            int bits = 12 - headroom + 31 - 8;
            int reciprocal = FixedPoint.reciprocalOfOnePlus((sum << headroom) - (1 << 31));
            for (int i = 0; i < channels; i++) {
                int difference = x[row + i] - most;
                int share = difference < layer.leastDifference() || bits > 31
                        ? Byte.MIN_VALUE
                        : FixedPoint.shiftRight(FixedPoint.highProduct(reciprocal, power(layer, difference)), bits)
                                + Byte.MIN_VALUE;
                made[row + i] = (byte) Math.clamp(share, Byte.MIN_VALUE, Byte.MAX_VALUE);
            }
        }
    }

    private static int power(Layer.Softmax layer, int difference) {
        return FixedPoint.exponential(FixedPoint.highProduct(difference << layer.shift(), layer.multiplier()));
    }
}
