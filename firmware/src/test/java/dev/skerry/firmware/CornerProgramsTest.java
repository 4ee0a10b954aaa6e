package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers that only few models have, each of which a kernel could get wrong by itself. */
final class CornerProgramsTest {
    private static final Rescale RESCALE = new Rescale(new int[] {1 << 30}, new int[] {-7}, -5, -128, 127);

    private final ProgramBatch batch;

    CornerProgramsTest(@TempDir Path programs) {
        batch = new ProgramBatch(programs);
    }

    private static Layer.Weights weights(int outputs, int depth) {
        byte[] values = new byte[outputs * depth];
        new SplittableRandom(1).nextBytes(values);
        int[] bias = new int[outputs];
        Arrays.setAll(bias, i -> 1000 * i - 3000);
        return new Layer.Weights(values, bias, 11, RESCALE);
    }

    private static Layer.Weights within(Layer.Weights of, int least, int most) {
        Rescale rescale = of.rescale();
        return new Layer.Weights(
                of.values(),
                of.bias(),
                of.zero(),
                new Rescale(rescale.multipliers(), rescale.shifts(), rescale.zero(), least, most));
    }

    private void add(String name, Layer... layers) {
        for (Target target : List.of(Target.C99, Target.CORTEX_M4, Target.CORTEX_M55)) {
            Buffer in = layers[0].inputs().getFirst();
            Buffer out = layers[layers.length - 1].output();
            // names of constants are of the layers
            String own = name + "_" + target.isa();
            var program = new Program(
                    own,
                    List.of(new Port(in.name(), in, Grid.PLAIN)),
                    List.of(new Port(out.name(), out, Grid.PLAIN)),
                    Arrays.stream(layers).map(layer -> named(own, layer)).toList());
            batch.add(program, DeadChannels.without(program), target);
        }
    }

    private static Layer named(String own, Layer layer) {
        String name = own + "_" + layer.name();
        return switch (layer) {
            case Layer.Convolution each ->
                new Layer.Convolution(name, each.input(), each.output(), each.window(), each.weights());
            case Layer.Depthwise each ->
                new Layer.Depthwise(name, each.input(), each.output(), each.window(), each.weights());
            default -> layer;
        };
    }

    private void convolution(String name, Buffer in, Buffer out, Window window) {
        int depth = window.height() * window.width() * in.channels();
        add(name, new Layer.Convolution("layer", in, out, window, weights(out.channels(), depth)));
    }

    private void depthwise(String name, Buffer in, Buffer out, Window window) {
        int area = window.height() * window.width();
        add(name, new Layer.Depthwise("layer", in, out, window, weights(out.channels(), area)));
    }

    private static Buffer x(int height, int width, int channels) {
        return Buffer.ofBytes("x", height, width, channels);
    }

    private static Buffer y(int height, int width, int channels) {
        return Buffer.ofBytes("y", height, width, channels);
    }

    private static Window window(int height, int width, int strides, int top, int left) {
        return new Window(height, width, strides, strides, 1, 1, top, left);
    }

    @Test
    void windowsOfUncommonShapesGiveTheBytesOfTheInterpreter() throws Exception {
        depthwise("row_of_three", x(1, 9, 4), y(1, 9, 4), window(1, 3, 1, 0, 1));
        depthwise("column_of_three", x(9, 1, 4), y(9, 1, 4), window(3, 1, 1, 1, 0));
        depthwise("five_by_three", x(6, 6, 4), y(6, 6, 4), window(5, 3, 1, 2, 1));
        depthwise("threes_by_threes", x(7, 7, 8), y(3, 3, 8), window(3, 3, 3, 1, 1));
        depthwise("wide", x(5, 10, 4), y(5, 10, 4), window(3, 13, 1, 1, 6));
        depthwise("wider_than_its_input", x(2, 3, 4), y(2, 3, 4), window(1, 11, 1, 0, 5));
        depthwise("all_padding", x(3, 3, 4), y(9, 9, 4), window(3, 3, 1, 4, 4));
        convolution("points_in_padding", x(3, 4, 8), y(5, 6, 6), window(1, 1, 1, 1, 1));
        convolution("points_above", x(3, 4, 8), y(5, 4, 6), window(1, 1, 1, 2, 0));
        convolution("points_of_a_corner", x(3, 4, 8), y(2, 3, 6), window(1, 1, 1, 0, 0));
        convolution("padding_of_fours", x(3, 3, 4), y(9, 9, 4), window(3, 3, 1, 5, 5));
        convolution("padding_of_threes", x(3, 3, 3), y(9, 9, 4), window(3, 3, 1, 5, 5));
        assertThat(batch.wrong()).isEmpty();
    }

    /** The first of four channels is constant, so that none of the next layer needs it, and nothing can be left out for it. */
    @Test
    void constantChannelThatCanNotBeLeftOutIsRightAllTheSame() throws Exception {
        Layer.Weights first = within(weights(12, 4), -128, 0);
        Layer.Weights second = within(weights(4, 12), -20, 127);
        // only the first channel of the four reads the last eight of the twelve, which keep it below its least
        for (int output = 0; output < 4; output++) {
            Arrays.fill(second.values(), output * 12 + 4, output * 12 + 12, (byte) (output == 0 ? 127 : 0));
        }
        Arrays.fill(second.values(), 0, 4, (byte) 0);
        second.bias()[0] = 5000;
        Buffer a = Buffer.ofBytes("a", 2, 2, 12);
        Buffer b = Buffer.ofBytes("b", 2, 2, 4);
        add(
                "constant",
                new Layer.Convolution("a", x(2, 2, 4), a, window(1, 1, 1, 0, 0), first),
                new Layer.Convolution("b", a, b, window(1, 1, 1, 0, 0), second),
                new Layer.Convolution("y", b, y(2, 2, 4), window(1, 1, 1, 0, 0), weights(4, 4)));
        assertThat(batch.wrong()).isEmpty();
    }

    @Test
    void sharesOfManyAreNothing() throws Exception {
        add("many", new Layer.Softmax("y", x(1, 1, 1000), y(1, 1, 1000), 1000, 1 << 30, 20, -1984));
        assertThat(batch.wrong()).isEmpty();
    }

    @Test
    void namesOfFilesAreLeftToThem() {
        for (String name :
                List.of("golden", "selftest", "kernels", "Convolution", "dsp", "library", "skerry_kernels")) {
            Layer layer = new Layer.MaxPool("y", x(2, 2, 4), y(1, 1, 4), window(2, 2, 1, 0, 0));
            var program = new Program(
                    name,
                    List.of(new Port("x", x(2, 2, 4), Grid.PLAIN)),
                    List.of(new Port("y", y(1, 1, 4), Grid.PLAIN)),
                    List.of(layer));
            assertThat(new Firmware(program, Target.C99).prefix()).startsWith("model_");
        }
    }
}
