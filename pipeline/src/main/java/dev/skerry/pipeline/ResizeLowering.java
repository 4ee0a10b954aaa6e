package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.LinkedHashMap;

/**
 * Resize as ONNX nodes. From opset 11 on, nearest and linear are the operator {@code Resize}. Older operator sets know only
 * {@code Upsample} with asymmetric coordinates, so there, and for cubic, each axis is a weighted sum of gathered rows, which needs
 * nothing newer than {@code Gather}; antialias filters are matrix products.
 */
final class ResizeLowering {
    private static final String NAME = "pre/resize";

    private final NodeWriter to;
    private final Step.Resize step;
    private final Frame frame;
    private final String path;

    ResizeLowering(NodeWriter to, Step.Resize step, Frame frame, String path) {
        this.to = to;
        this.step = step;
        this.frame = frame;
        this.path = path;
    }

    void lower() {
        boolean known = frame.height > 0 && frame.width > 0;
        if (!known && (step.scale() > 0 || step.fit() == Step.Fit.LETTERBOX)) {
            throw needsSize(step.scale() > 0 ? "'scale'" : "a letterbox");
        }
        long width = step.scale() > 0 ? (long) Math.floor(frame.width * step.scale()) : step.width();
        long height = step.scale() > 0 ? (long) Math.floor(frame.height * step.scale()) : step.height();
        long innerWidth = width;
        long innerHeight = height;
        if (step.fit() == Step.Fit.LETTERBOX) {
            double scale = Math.min((double) width / frame.width, (double) height / frame.height);
            innerWidth = Math.clamp(Math.round(frame.width * scale), 1, width);
            innerHeight = Math.clamp(Math.round(frame.height * scale), 1, height);
        }
        if (innerWidth < 1 || innerHeight < 1) {
            throw FusionProblem.at(path, "resize to " + innerWidth + "×" + innerHeight + " leaves nothing")
                    .toException();
        }
        frame.asFloat("resize");
        frame.asNchw("resize");
        if (innerWidth != frame.width || innerHeight != frame.height) {
            resize(innerWidth, innerHeight);
        }
        letterbox(width, height, innerWidth, innerHeight);
        frame.width = width;
        frame.height = height;
    }

    private void letterbox(long width, long height, long innerWidth, long innerHeight) {
        if (innerWidth == width && innerHeight == height) {
            return;
        }
        long left = (width - innerWidth) / 2;
        long top = (height - innerHeight) / 2;
        frame.value = to.pad(
                NAME + "/letterbox",
                frame.value,
                new long[] {0, 0, top, left, 0, 0, height - innerHeight - top, width - innerWidth - left},
                step.pad());
        // seen from the inner picture, which shows the whole frame
        frame.width = innerWidth;
        frame.height = innerHeight;
        frame.shows((double) -left, (double) -top, (double) width, (double) height);
    }

    /**
     * Cubic is never the operator: ONNX Runtime 1.29 moves the transpositions of a model with channels last through Resize, and
     * then refuses to interpolate cubically.
     */
    private void resize(long width, long height) {
        boolean cubic = step.interpolation() == Step.Interpolation.CUBIC;
        if (step.antialias() && (cubic || to.opset() < 18)) {
            if (frame.height == 0 || frame.width == 0) {
                throw needsSize("antialias at opset " + to.opset());
            }
            matrix(width, height);
        } else if (to.opset() >= 11 && !cubic) {
            operator(width, height);
        } else {
            taps(2, height);
            taps(3, width);
        }
    }

    private void operator(long width, long height) {
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("mode", Attribute.of(Step.spelled(step.interpolation())));
        attributes.put(
                "coordinate_transformation_mode",
                Attribute.of(Step.spelled(step.coordinates()).replace('-', '_')));
        switch (step.interpolation()) {
            case NEAREST -> attributes.put("nearest_mode", Attribute.of(floors() ? "floor" : "round_prefer_ceil"));
            case LINEAR, CUBIC -> {}
        }
        if (step.antialias()) {
            attributes.put("antialias", Attribute.of(1L));
            // as Pillow, where the filter ends at the border; else the border is repeated
            attributes.put("exclude_outside", Attribute.of(1L));
        }
        // roi and scales are not optional before opset 13; empty tensors say that they aren't used
        String unused = to.opset() < 13 ? to.weight(Tensor.ofFloats(NAME + "/unused", new long[] {0})) : "";
        String sizes = to.longs(NAME + "/sizes", 1, frame.channels, height, width);
        frame.value = to.add("Resize", NAME, attributes, frame.value, unused, unused, sizes);
    }

    private boolean floors() {
        return step.coordinates() == Step.Coordinates.ASYMMETRIC;
    }

    /** One axis as a sum over neighbours: rows gathered at computed places, times computed weights. */
    private void taps(int axis, long size) {
        String name = NAME + (axis == 2 ? "/down" : "/across");
        String place = to.add("Shape", name + "/shape", frame.value);
        String length = to.cast(
                name + "/length", to.gather(name + "/size", place, to.longs(name + "/axis", axis), 0), DataType.FLOAT);
        String last = to.add("Sub", name + "/last", length, to.scalar(name + "/one", 1));
        String at = coordinates(name, size, length, last);
        if (step.interpolation() == Step.Interpolation.NEAREST) {
            String moved = floors() ? at : to.add("Add", name + "/rounded", at, to.scalar(name + "/half", 0.5));
            frame.value =
                    to.gather(name, frame.value, index(name, to.add("Floor", name + "/floor", moved), last, 0), axis);
            return;
        }
        String floor = to.add("Floor", name + "/floor", at);
        String fraction = to.add("Sub", name + "/fraction", at, floor);
        int first = step.interpolation() == Step.Interpolation.LINEAR ? 0 : -1;
        String sum = "";
        for (int tap = first; tap <= 1 - first; tap++) {
            String rows = to.gather(name + "/rows", frame.value, index(name, floor, last, tap), axis);
            String weight = step.interpolation() == Step.Interpolation.LINEAR
                    ? tap == 0 ? to.add("Sub", name + "/weight", to.scalar(name + "/one", 1), fraction) : fraction
                    : cubic(name, fraction, tap);
            String shaped =
                    to.reshape(name + "/weights", weight, axis == 2 ? new long[] {size, 1} : new long[] {1, size});
            String part = to.add("Mul", name + "/part", rows, shaped);
            sum = sum.isEmpty() ? part : to.add("Add", name, sum, part);
        }
        frame.value = sum;
    }

    /** Where in the input each output pixel lies, as the ONNX specification of Resize defines it. */
    private String coordinates(String name, long size, String length, String last) {
        double[] steps = new double[(int) size];
        double shift = switch (step.coordinates()) {
            case HALF_PIXEL, PYTORCH_HALF_PIXEL -> 0.5;
            case ASYMMETRIC, ALIGN_CORNERS -> 0;
        };
        boolean corners = step.coordinates() == Step.Coordinates.ALIGN_CORNERS;
        boolean single = size == 1 && (corners || step.coordinates() == Step.Coordinates.PYTORCH_HALF_PIXEL);
        for (int i = 0; i < size; i++) {
            steps[i] = single ? 0 : (i + shift) / (corners ? size - 1 : size);
        }
        String along = to.add(
                "Mul", name + "/along", to.floats(name + "/steps", new long[] {size}, steps), corners ? last : length);
        return shift == 0 || single ? along : to.add("Sub", name + "/at", along, to.scalar(name + "/half", shift));
    }

    /** {@code floor + tap}, held between 0 and the last place, as an index. */
    private String index(String name, String floor, String last, int tap) {
        String moved = tap == 0 ? floor : to.add("Add", name + "/tap", floor, to.scalar(name + "/offset", tap));
        String above = to.add("Relu", name + "/least", moved);
        // min(a, last) as last − max(last − a, 0), since Min doesn't broadcast before opset 8
        String room = to.add("Relu", name + "/room", to.add("Sub", name + "/left", last, above));
        return to.cast(name + "/index", to.add("Sub", name + "/most", last, room), DataType.INT64);
    }

    /** Keys' cubic convolution at the distance of {@code tap} from the point (R. Keys, 1981). */
    private String cubic(String name, String fraction, int tap) {
        double a = step.cubic();
        String distance = tap <= 0
                ? to.add("Add", name + "/distance", fraction, to.scalar(name + "/shift", -tap))
                : to.add("Sub", name + "/distance", to.scalar(name + "/shift", tap), fraction);
        double[] coefficients =
                tap == 0 || tap == 1 ? new double[] {a + 2, -(a + 3), 0, 1} : new double[] {a, -5 * a, 8 * a, -4 * a};
        String value = to.scalar(name + "/c3", coefficients[0]);
        for (int i = 1; i < 4; i++) {
            value = to.add(
                    "Add",
                    name + "/horner",
                    to.add("Mul", name + "/power", value, distance),
                    to.scalar(name + "/c" + (3 - i), coefficients[i]));
        }
        return value;
    }

    private void matrix(long width, long height) {
        if (height != frame.height) {
            String rows =
                    to.weight(AntialiasFilter.matrix(NAME + "/rows", step, (int) frame.height, (int) height, false));
            frame.value = to.add("MatMul", NAME + "/down", rows, frame.value);
        }
        if (width != frame.width) {
            String columns =
                    to.weight(AntialiasFilter.matrix(NAME + "/columns", step, (int) frame.width, (int) width, true));
            frame.value = to.add("MatMul", NAME + "/across", frame.value, columns);
        }
    }

    private RuntimeException needsSize(String what) {
        return FusionProblem.at(path, what + " needs frames of one known size")
                .attempt("width and height in the source")
                .toException();
    }
}
