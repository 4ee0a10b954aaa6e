package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writing of layers with weights. Weights are turned into TensorFlow Lite's order once, at writing. */
final class TfliteLayerLowering {
    private static final int CONV = 1;
    private static final int DEPTHWISE = 2;
    private static final int FULLY_CONNECTED = 8;
    private static final int TRANSPOSE_CONV = 49;
    private static final int BATCH_MATMUL = 101;

    private TfliteLayerLowering() {}

    static void conv(TfliteStep step) {
        String x = step.in(0);
        Stored weights = weights(step, 1);
        long[] dims = weights.content().dims();
        TfliteWindow window = TfliteWindow.of(step, x, Arrays.copyOfRange(dims, 2, dims.length));
        if (isSymmetric(weights)) {
            step.integers(List.of(x, step.in(1)));
        }
        long groups = step.node().intAttribute("group", 1);
        boolean depthwise = groups > 1 && groups == step.dims(x)[1];
        int image = step.operand(x, TfliteAxes.images(step.rank(x)));
        int padding = window.padding();
        if (padding < 0) {
            image = window.padded(step, image, 0);
            padding = TfliteWindow.VALID;
        }
        long[] placed = depthwise
                ? new long[] {1, dims[0], window.kernel()[0], window.kernel()[1]}
                : new long[] {dims[0], dims[1], window.kernel()[0], window.kernel()[1]};
        Stored turned = turned(weights, placed, depthwise ? 1 : 0);
        List<Integer> inputs = new ArrayList<>(List.of(image, weight(step, turned, 1)));
        String bias = step.has(2) ? step.in(2) : step.biasOf();
        if (bias.isEmpty()) {
            // the kernels want one
            var none = new Stored(Tensor.ofFloats("", new long[] {dims[0]}, new float[(int) dims[0]]), null);
            inputs.add(biasOf(step, x, turned, none, step.in(1) + "/no_bias", dims[0]));
        } else {
            addBias(step, inputs, x, turned, bias, dims[0]);
        }
        TfliteOptions options = TfliteOptions.of(depthwise ? DEPTHWISE : CONV)
                .withByte(0, padding)
                .with(1, (int) window.strides()[1])
                .with(2, (int) window.strides()[0]);
        int next = 3;
        if (depthwise) {
            options = options.with(next++, (int) (dims[0] / groups));
        }
        options = options.withByte(next, step.activation())
                .with(next + 1, (int) window.dilations()[1])
                .with(next + 2, (int) window.dilations()[0]);
        step.make(depthwise ? "DEPTHWISE_CONV_2D" : "CONV_2D", options, inputs, TfliteAxes.images(step.rank(x)));
    }

    /** Outputs × inputs × height × width becomes outputs × height × width × inputs. */
    private static Stored turned(Stored weights, long[] dims, int channelAxis) {
        TfliteScales scales = weights.scales();
        if (scales != null && scales.perChannel()) {
            scales = new TfliteScales(scales.scales(), scales.zeroPoints(), channelAxis);
        }
        return TfliteForms.turned(new Stored(weights.content().reshape(dims), scales), TfliteAxes.images(4));
    }

    private static Stored weights(TfliteStep step, int input) {
        Stored weights = step.constant(input);
        if (weights == null) {
            throw step.refuse("its weights are computed at run time");
        }
        return weights;
    }

    private static boolean isSymmetric(Stored weights) {
        TfliteScales scales = weights.scales();
        return scales != null && Arrays.stream(scales.zeroPoints()).allMatch(zero -> zero == 0);
    }

    /** Whether the file that the model was read from has integer weights under real activations, for kernels of both. */
    private static boolean isHybrid(TfliteStep step) {
        return step.node().metadata().containsKey(TfliteCall.HYBRID);
    }

    private static int weight(TfliteStep step, Stored turned, int input) {
        String name = step.in(input);
        return step.isInIntegers() || isHybrid(step) && turned.scales() != null
                ? step.draft().constant(turned.content().withName(name), turned.scales())
                : step.forms().real(turned, name);
    }

    private static void addBias(
            TfliteStep step, List<Integer> inputs, String x, Stored weights, String bias, long channels) {
        if (bias.isEmpty()) {
            return;
        }
        Stored content = step.forms().constant(bias);
        if (content == null) {
            throw step.refuse("its bias is computed at run time");
        }
        inputs.add(biasOf(step, x, weights, content, bias, channels));
    }

    /** The bias as integers are added to products: 32 bits, the scale the product of those of input and weights. */
    private static int biasOf(TfliteStep step, String x, Stored weights, Stored bias, String name, long channels) {
        long elements = bias.content().elements();
        if (elements != channels && elements != 1) {
            throw step.refuse("its bias has " + elements + " numbers for " + channels + " channels");
        }
        if (!step.isInIntegers()) {
            Stored flat = elements == channels
                    ? new Stored(bias.content().reshape(channels), bias.scales())
                    : new Stored(Tensor.ofFloats(name, new long[] {channels}, repeated(meaning(bias), channels)), null);
            return step.forms().real(flat, name);
        }
        float from = step.forms().scalesBehind(x).scale();
        float[] factors =
                java.util.Objects.requireNonNull(weights.scales()).scales().clone();
        for (int i = 0; i < factors.length; i++) {
            factors[i] *= from;
        }
        var scales = new TfliteScales(factors, new long[factors.length], 0);
        if (bias.content().type() == DataType.INT32
                && bias.scales() != null
                && alike(bias.scales(), scales)
                && elements == channels) {
            return step.draft().constant(bias.content().reshape(channels).withName(name), scales);
        }
        double[] real = meaning(bias);
        int[] steps = new int[(int) channels];
        for (int i = 0; i < steps.length; i++) {
            double value = real[real.length == 1 ? 0 : i] / factors[factors.length == 1 ? 0 : i];
            if (Math.abs(value) > Integer.MAX_VALUE) {
                throw step.refuse("a bias is too large for 32 bits at the scale of its weights");
            }
            steps[i] = (int) Math.rint(value);
        }
        return step.draft().constant(Tensor.ofInts(name, new long[] {channels}, steps), scales);
    }

    private static float[] repeated(double[] value, long count) {
        float[] all = new float[(int) count];
        Arrays.fill(all, (float) value[0]);
        return all;
    }

    /** Up to the rounding of one product. */
    private static boolean alike(TfliteScales said, TfliteScales product) {
        for (int i = 0; i < product.scales().length; i++) {
            float one = said.scales()[said.scales().length == 1 ? 0 : i];
            if (Math.abs(one - product.scales()[i]) > 1e-6f * product.scales()[i]) {
                return false;
            }
        }
        return Arrays.stream(said.zeroPoints()).allMatch(zero -> zero == 0)
                && (said.scales().length == 1 || said.scales().length == product.scales().length);
    }

    private static double[] meaning(Stored constant) {
        Tensor content = constant.content();
        TfliteScales scales = constant.scales();
        double[] values = new double[(int) content.elements()];
        for (int i = 0; i < values.length; i++) {
            int channel = scales == null || !scales.perChannel() ? 0 : i;
            values[i] = scales == null
                    ? content.valueAt(i)
                    : (content.valueAt(i) - scales.zeroPoints()[channel]) * scales.scales()[channel];
        }
        return values;
    }

    static void transposed(TfliteStep step) {
        String x = step.in(0);
        Stored weights = weights(step, 1);
        long[] dims = weights.content().dims();
        Node node = step.node();
        if (dims.length != 4
                || node.intAttribute("group", 1) != 1
                || Arrays.stream(node.intsAttribute("dilations").orElse(new long[] {1, 1}))
                        .anyMatch(d -> d != 1)) {
            throw step.refuse("TRANSPOSE_CONV takes images, without groups and dilations");
        }
        long[] strides = node.intsAttribute("strides").orElse(new long[] {1, 1});
        long[] pads = node.intsAttribute("pads").orElse(new long[4]);
        long[] in = step.dims(x);
        long[] out = step.outDims();
        boolean same = true;
        boolean valid = true;
        for (int axis = 0; axis < 2; axis++) {
            long full = (in[axis + 2] - 1) * strides[axis] + dims[axis + 2];
            same &= out[axis + 2] == in[axis + 2] * strides[axis]
                    && pads[axis] == Math.max(full - out[axis + 2], 0) / 2;
            valid &= pads[axis] == 0 && out[axis + 2] >= full;
        }
        if (!same && !valid) {
            throw step.refuse("its padding is neither that of SAME nor that of VALID");
        }
        if (isSymmetric(weights)) {
            step.integers(List.of(x, step.in(1)));
        }
        // inputs × outputs × height × width becomes outputs × height × width × inputs
        Stored turned = TfliteForms.turned(weights, new TfliteAxes(List.of(1, 2, 3, 0)));
        TfliteAxes images = TfliteAxes.images(4);
        long[] shape = images.dims(out);
        List<Integer> inputs =
                new ArrayList<>(List.of(step.shape(shape), weight(step, turned, 1), step.operand(x, images)));
        addBias(step, inputs, x, turned, node.input(2), dims[1]);
        TfliteOptions options = TfliteOptions.of(TRANSPOSE_CONV)
                .withByte(0, valid ? TfliteWindow.VALID : TfliteWindow.SAME)
                .with(1, (int) strides[1])
                .with(2, (int) strides[0])
                .withByte(3, step.activation());
        step.make("TRANSPOSE_CONV", options, inputs, images);
    }

    static void gemm(TfliteStep step) {
        Node node = step.node();
        if (node.floatAttribute("alpha", 1) != 1
                || step.has(2) && node.floatAttribute("beta", 1) != 1
                || node.intAttribute("transA", 0) != 0) {
            throw step.refuse("its product is scaled, or its input transposed");
        }
        boolean isTurned = node.intAttribute("transB", 0) != 0;
        dense(step, isTurned, node.input(2), false);
    }

    static void matMul(TfliteStep step) {
        Stored second = step.constant(1);
        int rank = step.rank(step.in(0));
        if (second != null && second.content().rank() == 2 && rank >= 2) {
            dense(step, false, step.biasOf(), rank > 2);
            return;
        }
        if (rank < 2 || step.rank(step.in(1)) < 2) {
            throw step.refuse("a factor is a vector", "factors of two dimensions and more");
        }
        step.integers(List.of(step.in(0), step.in(1)));
        int a = step.operand(step.in(0), TfliteAxes.same(rank));
        int b = step.operand(step.in(1), TfliteAxes.same(step.rank(step.in(1))));
        if (step.activation() != 0) {
            throw step.refuse("BATCH_MATMUL has no activation of its own");
        }
        step.make(
                "BATCH_MATMUL",
                TfliteOptions.of(BATCH_MATMUL).withFlag(0, false).withFlag(1, false),
                List.of(a, b),
                TfliteAxes.same(step.outDims().length));
    }

    /** @param isTurned whether the matrix lies as outputs × inputs */
    private static void dense(TfliteStep step, boolean isTurned, String bias, boolean keepsDims) {
        String x = step.in(0);
        Stored matrix = weights(step, 1);
        if (isSymmetric(matrix)) {
            step.integers(List.of(x, step.in(1)));
        }
        Stored turned = isTurned ? matrix : TfliteForms.turned(matrix, new TfliteAxes(List.of(1, 0)));
        long channels = turned.content().dims()[0];
        List<Integer> inputs =
                new ArrayList<>(List.of(step.operand(x, TfliteAxes.same(step.rank(x))), weight(step, turned, 1)));
        addBias(step, inputs, x, turned, bias, channels);
        TfliteOptions options =
                TfliteOptions.of(FULLY_CONNECTED).withByte(0, step.activation()).withFlag(2, keepsDims);
        step.make("FULLY_CONNECTED", options, inputs, TfliteAxes.same(step.outDims().length));
    }
}
