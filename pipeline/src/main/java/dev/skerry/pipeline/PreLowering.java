package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lowers the pre steps, one after the other. Steps that multiply and add are gathered into one Mul and one Add. */
final class PreLowering {
    /** Adding and subtracting 1.5 · 2²³ rounds a float32 of up to 2²² half to even, where there is no operator Round. */
    private static final double ROUNDING = 12_582_912;

    private final NodeWriter to;
    private final Frame frame;
    private double[] factor = {1};
    private double[] offset = {0};
    private String affine = "";

    PreLowering(NodeWriter to, Frame frame) {
        this.to = to;
        this.frame = frame;
    }

    Frame lower(List<Step.Pre> steps) {
        for (int i = 0; i < steps.size(); i++) {
            lower(steps.get(i), "pipeline.pre[" + i + "]." + steps.get(i).word());
        }
        flush();
        return frame;
    }

    private void lower(Step.Pre step, String path) {
        switch (step) {
            case Step.Scale scale -> then("scale", new double[] {scale.by()}, new double[] {scale.offset()}, path);
            case Step.Normalize normalize -> normalize(normalize, path);
            case Step.Resize resize -> {
                picture(path);
                new ResizeLowering(to, resize, frame, path).lower();
            }
            case Step.Crop crop -> {
                picture(path);
                crop(crop, path);
            }
            case Step.Color color -> {
                picture(path);
                color(color.to());
            }
            case Step.Layout layout -> {
                picture(path);
                frame.channelsFirst = layout.channelsFirst();
            }
            case Step.Stft stft -> {
                flush();
                new SpectrumLowering(to, frame, path).stft(stft);
            }
            case Step.LogMel mel -> {
                flush();
                new SpectrumLowering(to, frame, path).logMel(mel);
            }
            case Step.Mfcc mfcc -> {
                flush();
                new SpectrumLowering(to, frame, path).mfcc(mfcc);
            }
            case Step.Cast cast -> {
                flush();
                cast(cast.to());
            }
            case Step.Reshape reshape -> {
                flush();
                reshape(reshape, path);
            }
            case Step.Tokenize _ -> {
                // done before the graph
            }
            case Step.Transpose transpose -> {
                flush();
                transpose(transpose, path);
            }
        }
    }

    private void picture(String path) {
        flush();
        if (!frame.picture()) {
            throw FusionProblem.at(path, "the step is for pictures, found " + frame.shape())
                    .attempt("transpose or reshape for other tensors")
                    .toException();
        }
    }

    private void normalize(Step.Normalize step, String path) {
        int count = Math.max(step.mean().size(), step.std().size());
        double[] by = new double[count];
        double[] plus = new double[count];
        for (int i = 0; i < count; i++) {
            double std = step.std().get(step.std().size() == 1 ? 0 : i);
            by[i] = 1 / std;
            plus[i] = -step.mean().get(step.mean().size() == 1 ? 0 : i) / std;
        }
        then("normalize", by, plus, path);
    }

    /** Follows what is gathered with {@code x · by + plus}. */
    private void then(String word, double[] by, double[] plus, String path) {
        long channels =
                frame.picture() ? frame.channels : frame.dims.length == 0 ? 1 : frame.dims[frame.dims.length - 1];
        int count = Math.max(factor.length, by.length);
        if (by.length > 1 && by.length != channels) {
            throw FusionProblem.at(path, "expected 1 or " + channels + " values, one per channel, found " + by.length)
                    .because("the tensor is " + frame.shape() + " here")
                    .toException();
        }
        double[] newFactor = new double[count];
        double[] newOffset = new double[count];
        for (int i = 0; i < count; i++) {
            double b = by[by.length == 1 ? 0 : i];
            newFactor[i] = factor[factor.length == 1 ? 0 : i] * b;
            newOffset[i] = offset[offset.length == 1 ? 0 : i] * b + plus[plus.length == 1 ? 0 : i];
        }
        factor = newFactor;
        offset = newOffset;
        affine = affine.isEmpty() ? word : affine.equals(word) ? word : affine + "+" + word;
    }

    private void flush() {
        if (affine.isEmpty()) {
            return;
        }
        frame.asFloat(affine);
        long[] dims = new long[0];
        if (factor.length > 1) {
            dims = frame.axes == Frame.Axes.NCHW ? new long[] {factor.length, 1, 1} : new long[] {factor.length};
        }
        if (Arrays.stream(factor).anyMatch(value -> value != 1)) {
            frame.value =
                    to.add("Mul", "pre/" + affine, frame.value, to.floats("pre/" + affine + "/factor", dims, factor));
        }
        if (Arrays.stream(offset).anyMatch(value -> value != 0)) {
            frame.value =
                    to.add("Add", "pre/" + affine, frame.value, to.floats("pre/" + affine + "/offset", dims, offset));
        }
        factor = new double[] {1};
        offset = new double[] {0};
        affine = "";
    }

    private void crop(Step.Crop step, String path) {
        boolean known = frame.width > 0 && frame.height > 0;
        if (!known && step.centred()) {
            throw FusionProblem.at(path, "a centred crop needs frames of one known size")
                    .attempt("width and height in the source")
                    .attempt("a resize before it")
                    .toException();
        }
        long x = step.centred() ? (frame.width - step.width()) / 2 : step.x();
        long y = step.centred() ? (frame.height - step.height()) / 2 : step.y();
        if (known && (x < 0 || y < 0 || x + step.width() > frame.width || y + step.height() > frame.height)) {
            throw FusionProblem.at(
                            path,
                            "crop of " + step.width() + "×" + step.height() + " leaves the frame of " + frame.width
                                    + "×" + frame.height)
                    .toException();
        }
        long row = frame.axes == Frame.Axes.HWC ? 0 : frame.axes == Frame.Axes.NHWC ? 1 : 2;
        frame.value = to.slice(
                "pre/crop",
                frame.value,
                new long[] {y, x},
                new long[] {y + step.height(), x + step.width()},
                new long[] {row, row + 1});
        frame.shows((double) x, (double) y, step.width(), step.height());
        frame.width = step.width();
        frame.height = step.height();
    }

    private void color(Step.ColorSpace wanted) {
        Step.ColorSpace found = frame.color;
        if (wanted == found) {
            return;
        }
        if (wanted == Step.ColorSpace.GRAY) {
            frame.asFloat("color");
            frame.asNchw("color");
            double[] luma = found == Step.ColorSpace.RGB
                    ? new double[] {0.299, 0.587, 0.114}
                    : new double[] {0.114, 0.587, 0.299};
            frame.value = to.add(
                    "Conv", "pre/color", frame.value, to.floats("pre/color/luma", new long[] {1, 3, 1, 1}, luma));
            frame.channels = 1;
        } else {
            long[] order = found == Step.ColorSpace.GRAY ? new long[] {0, 0, 0} : new long[] {2, 1, 0};
            frame.value = to.gather("pre/color", frame.value, to.longs("pre/color/order", order), frame.channelAxis());
            frame.channels = 3;
        }
        frame.color = wanted;
    }

    private void cast(DataType type) {
        if (type == frame.type) {
            return;
        }
        if (frame.type == DataType.FLOAT && range(type).length > 0) {
            double[] range = range(type);
            String rounded;
            if (to.opset() >= 11) {
                rounded = to.add("Round", "pre/cast/rounded", frame.value);
            } else {
                String up = to.add("Add", "pre/cast/up", frame.value, to.scalar("pre/cast/magic", ROUNDING));
                rounded = to.add("Sub", "pre/cast/rounded", up, to.scalar("pre/cast/magic", ROUNDING));
            }
            frame.value = to.clip("pre/cast/clipped", rounded, range[0], range[1]);
        }
        frame.value = to.cast("pre/cast", frame.value, type);
        frame.type = type;
    }

    /** Least and greatest float32 that the type holds; empty for floats. */
    private static double[] range(DataType type) {
        return switch (type) {
            case UINT8 -> new double[] {0, 255};
            case INT8 -> new double[] {-128, 127};
            case INT16 -> new double[] {-32768, 32767};
            case INT32 -> new double[] {Integer.MIN_VALUE, Math.nextDown((float) Integer.MAX_VALUE)};
            case INT64 -> new double[] {Long.MIN_VALUE, Math.nextDown((float) Long.MAX_VALUE)};
            default -> new double[0];
        };
    }

    private void reshape(Step.Reshape step, String path) {
        frame.asPlain("reshape", false);
        long[] dims = step.dims().stream().mapToLong(Long::longValue).toArray();
        if (frame.fixed()) {
            long elements = Arrays.stream(frame.dims).reduce(1, Math::multiplyExact);
            long given = Arrays.stream(dims).filter(dim -> dim > 0).reduce(1, Math::multiplyExact);
            boolean open = step.dims().contains(-1L);
            if (open ? elements % given != 0 : elements != given) {
                throw FusionProblem.at(path, frame.shape() + " doesn't reshape to " + step.dims())
                        .toException();
            }
            for (int i = 0; i < dims.length; i++) {
                dims[i] = dims[i] == -1 ? elements / given : dims[i];
            }
        }
        frame.value = to.reshape("pre/reshape", frame.value, dims);
        frame.dims = Arrays.stream(dims).map(dim -> Math.max(dim, 0)).toArray();
    }

    private void transpose(Step.Transpose step, String path) {
        frame.asPlain("transpose", false);
        if (step.axes().size() != frame.dims.length) {
            throw FusionProblem.at(path, step.axes().size() + " axes for " + frame.shape())
                    .toException();
        }
        var dims = new ArrayList<Long>();
        step.axes().forEach(axis -> dims.add(frame.dims[axis]));
        frame.value = to.transpose(
                "pre/transpose",
                frame.value,
                step.axes().stream().mapToLong(Integer::longValue).toArray());
        frame.dims = dims.stream().mapToLong(Long::longValue).toArray();
    }
}
