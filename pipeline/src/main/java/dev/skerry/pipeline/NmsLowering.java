package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Greedy non-maximum suppression as ONNX nodes of any opset from 7 on, with outputs of fixed size. The operator
 * {@code NonMaxSuppression} came with opset 10 and its output has a size that depends on the picture, for which no memory can be
 * bound beforehand.
 *
 * <p>The K best candidates are sorted by score; M[j,i] is 1 where j is better than i, of its class, and overlaps it too much. The
 * greedy answer is the only solution of {@code keep(i) = no j: keep(j) · M[j,i]}, since M is strictly triangular. Starting from
 * all, iterating this equation settles at least one more candidate each time, in order of score, so it ends after K rounds at
 * the latest, and as a rule after a few: the loop stops when nothing changes.
 */
final class NmsLowering {
    /** Below every score; scores that are out of the race get it. */
    private static final double NOTHING = -1e30;

    private final PostLowering post;
    private final NodeWriter to;
    private final Step.Nms step;
    private final String path;

    NmsLowering(PostLowering post, Step.Nms step, String path) {
        this.post = post;
        this.to = post.to;
        this.step = step;
        this.path = path;
    }

    void lower(String scores, long count, long classes) {
        if (step.background() >= classes) {
            throw FusionProblem.at(path + ".background", "class " + step.background() + " of " + classes)
                    .toException();
        }
        long k = Math.min(step.candidates(), count * classes);
        long max = Math.min(step.max(), k);
        List<String> best = to.topK("post/nms/best", flat(scores, classes), k);
        String score = best.get(0);
        String width = to.longs("post/nms/classes", classes);
        String row = to.add("Div", "post/nms/box", best.get(1), width);
        String kind = to.add("Sub", "post/nms/class", best.get(1), to.add("Mul", "post/nms/first", row, width));
        String boxes = corners(to.gather("post/nms/candidates", post.boxes(step, path), row, 0));
        String active = to.cast(
                "post/nms/active",
                to.add("Greater", "post/nms/reaches", score, to.scalar("post/nms/score", step.score())),
                DataType.FLOAT);
        String keep = loop(to.reshape("post/nms/active/row", active, 1, k), suppression(boxes, kind, k, classes), k);
        String kept = to.reshape("post/nms/kept", keep, -1);
        String left = to.add("Sub", "post/nms/out", kept, to.scalar("post/nms/one", 1));
        String ranked = to.add(
                "Add",
                "post/nms/ranked",
                to.add("Mul", "post/nms/masked", score, kept),
                to.add("Mul", "post/nms/dropped", left, to.scalar("post/nms/most", -NOTHING)));
        give(to.topK("post/nms/picked", ranked, max), kind, boxes, max);
    }

    /** Scores of all boxes and classes in one vector, the background's out of the race. */
    private String flat(String scores, long classes) {
        String rows = to.reshape("post/nms/scores", scores, -1, classes);
        if (step.background() >= 0) {
            double[] penalty = new double[(int) classes];
            penalty[step.background()] = NOTHING;
            rows = to.add(
                    "Add",
                    "post/nms/foreground",
                    rows,
                    to.floats("post/nms/background", new long[] {classes}, penalty));
        }
        return to.reshape("post/nms/flat", rows, -1);
    }

    /** Boxes [K,4] as x0 y0 x1 y1 in fractions of the model's picture. */
    private String corners(String boxes) {
        String value = switch (step.format()) {
            case CORNERS -> boxes;
            case CORNERS_YX -> to.gather("post/nms/corners", boxes, to.longs("post/nms/order", 1, 0, 3, 2), 1);
            // [cx cy w h] times this matrix is [cx − w/2, cy − h/2, cx + w/2, cy + h/2]
            case CENTERS ->
                to.add(
                        "MatMul",
                        "post/nms/corners",
                        boxes,
                        to.floats(
                                "post/nms/decode",
                                new long[] {4, 4},
                                1,
                                0,
                                1,
                                0,
                                0,
                                1,
                                0,
                                1,
                                -0.5,
                                0,
                                0.5,
                                0,
                                0,
                                -0.5,
                                0,
                                0.5));
        };
        if (!step.pixels()) {
            return value;
        }
        double height = post.frame.height;
        double width = post.frame.width;
        if (height == 0 || width == 0) {
            throw FusionProblem.at(path + ".pixels", "the size of the model's picture isn't known")
                    .toException();
        }
        String size = to.floats("post/nms/size", new long[] {4}, width, height, width, height);
        return to.add("Div", "post/nms/fractions", value, size);
    }

    /** M of the class comment, float32 [K,K]. */
    private String suppression(String boxes, String kind, long k, long classes) {
        var sides = new ArrayList<String>();
        var turned = new ArrayList<String>();
        for (long i = 0; i < 4; i++) {
            String side = to.gather("post/nms/side", boxes, to.longs("post/nms/side/index", i), 1);
            sides.add(side);
            turned.add(to.reshape("post/nms/side/row", side, 1, k));
        }
        String width = overlap("width", sides, turned, 0);
        String height = overlap("height", sides, turned, 1);
        String shared = to.add("Mul", "post/nms/shared", width, height);
        String area = to.add(
                "Mul",
                "post/nms/area",
                to.add("Relu", "post/nms/area/width", to.add("Sub", "post/nms/area/x", sides.get(2), sides.get(0))),
                to.add("Relu", "post/nms/area/height", to.add("Sub", "post/nms/area/y", sides.get(3), sides.get(1))));
        String both = to.add("Add", "post/nms/both", area, to.reshape("post/nms/area/row", area, 1, k));
        String union = to.add("Sub", "post/nms/union", both, shared);
        String limit = to.add("Mul", "post/nms/limit", union, to.scalar("post/nms/iou", step.iou()));
        String over = to.add("Greater", "post/nms/overlaps", shared, limit);
        double[] ranks = new double[(int) k];
        for (int i = 0; i < k; i++) {
            ranks[i] = i;
        }
        String better = to.add(
                "Less",
                "post/nms/better",
                to.floats("post/nms/rank", new long[] {k, 1}, ranks),
                to.floats("post/nms/rank/row", new long[] {1, k}, ranks));
        String suppresses = to.add("And", "post/nms/suppresses", over, better);
        if (classes > 1) {
            String same = to.add(
                    "Equal",
                    "post/nms/same",
                    to.reshape("post/nms/class/column", kind, k, 1),
                    to.reshape("post/nms/class/row", kind, 1, k));
            suppresses = to.add("And", "post/nms/suppresses", suppresses, same);
        }
        return to.cast("post/nms/matrix", suppresses, DataType.FLOAT);
    }

    /** How far two boxes reach into each other along an axis. */
    private String overlap(String word, List<String> sides, List<String> turned, int axis) {
        String name = "post/nms/" + word;
        String end = to.min(name + "/end", sides.get(axis + 2), turned.get(axis + 2));
        String start = to.max(name + "/start", sides.get(axis), turned.get(axis));
        return to.add("Relu", name, to.add("Sub", name + "/signed", end, start));
    }

    private String loop(String active, String matrix, long k) {
        NodeWriter body = to.body();
        String round = body.fresh("post/nms/round");
        String again = body.fresh("post/nms/again");
        String keep = body.fresh("post/nms/keep");
        String hits = body.add("MatMul", "post/nms/hits", keep, matrix);
        String free = body.cast(
                "post/nms/free",
                body.add("Less", "post/nms/unhit", hits, body.scalar("post/nms/half", 0.5)),
                DataType.FLOAT);
        String next = body.add("Mul", "post/nms/next", free, active);
        String change = body.add("Abs", "post/nms/change", body.add("Sub", "post/nms/step", next, keep));
        String most = body.add("ReduceMax", "post/nms/changed/most", Map.of("keepdims", Attribute.of(0L)), change);
        String changed = body.add("Greater", "post/nms/changed", most, body.scalar("post/nms/half", 0.5));
        Graph graph = Graph.of(
                "suppress",
                body.nodes(),
                List.copyOf(body.weights().values()),
                List.of(
                        ValueInfo.of(round, DataType.INT64, Shape.SCALAR),
                        ValueInfo.of(again, DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of(keep, DataType.FLOAT, Shape.of(1, k))),
                List.of(
                        ValueInfo.of(changed, DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of(next, DataType.FLOAT, Shape.of(1, k))));
        String rounds = to.weight(Tensor.ofLongs("post/nms/rounds", new long[0], k + 1));
        String begin = to.weight(Tensor.ofBytes("post/nms/begin", DataType.BOOL, new long[0], (byte) 1));
        return to.add("Loop", "post/nms/suppressed", Map.of("body", Attribute.of(graph)), rounds, begin, active);
    }

    private void give(List<String> picked, String kind, String boxes, long max) {
        String found = to.add("Greater", "post/nms/found", picked.get(0), to.scalar("post/nms/nothing", NOTHING / 2));
        String mask = to.cast("post/nms/mask", found, DataType.FLOAT);
        String index = to.gather("post/nms/picked/class", kind, picked.get(1), 0);
        post.give(
                post.only("post/nms", index, to.cast("post/nms/passed", found, DataType.INT64)),
                PostLowering.INDEX,
                DataType.INT64,
                max);
        post.give(to.add("Mul", "post/nms/picked/score", picked.get(0), mask), PostLowering.SCORE, DataType.FLOAT, max);
        String rows = to.gather("post/nms/picked/boxes", boxes, picked.get(1), 0);
        double[] across = post.frame.across;
        double[] down = post.frame.down;
        if (across[0] != 1 || across[1] != 0 || down[0] != 1 || down[1] != 0) {
            String factor = to.floats("post/nms/frame/factor", new long[] {4}, across[0], down[0], across[0], down[0]);
            String offset = to.floats("post/nms/frame/offset", new long[] {4}, across[1], down[1], across[1], down[1]);
            rows = to.add("Add", "post/nms/frame", to.add("Mul", "post/nms/frame/scaled", rows, factor), offset);
        }
        String shown = to.add("Mul", "post/nms/shown", rows, to.reshape("post/nms/mask/column", mask, max, 1));
        post.give(shown, PostLowering.BOXES, DataType.FLOAT, max, 4);
    }
}
