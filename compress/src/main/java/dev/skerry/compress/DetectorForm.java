package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** How a detector answers. All forms are of one image. */
sealed interface DetectorForm {
    /** A box by its four numbers, as the model gives them. */
    record Raw(double a, double b, double c, double d, double score, int label) {}

    List<Raw> read(Map<String, Tensor> outputs, Sample sample);

    /** Whether boxes overlap that mean the same thing, so that the lesser ones have to go. */
    boolean overlapping();

    /** More candidates than this in one image don't take part. */
    int MOST_CANDIDATES = 1000;

    /** Probabilities below this don't take part; it is what evaluations of detectors use. */
    double LEAST_PROBABILITY = 0.001;

    /** Rows of six or seven numbers after suppression; the columns of the box's first number, the score and the class. */
    record Rows(String name, int box, int score, int label) implements DetectorForm {
        @Override
        public List<Raw> read(Map<String, Tensor> outputs, Sample sample) {
            Tensor output = required(outputs, name);
            int columns = (int) output.dims()[output.rank() - 1];
            double[] values = Tally.finite(output, sample);
            var found = new ArrayList<Raw>();
            for (int at = 0; at + columns <= values.length; at += columns) {
                // rows that fill up have a class below 0 or no score
                if (values[at + score] > 0 && values[at + label] >= 0) {
                    found.add(new Raw(
                            values[at + box],
                            values[at + box + 1],
                            values[at + box + 2],
                            values[at + box + 3],
                            values[at + score],
                            (int) values[at + label]));
                }
            }
            return found;
        }

        @Override
        public boolean overlapping() {
            return false;
        }
    }

    /** Boxes [1, N, 4], scores [1, N] and classes [1, N] after suppression. */
    record Lists(String boxes, String scores, String labels) implements DetectorForm {
        @Override
        public List<Raw> read(Map<String, Tensor> outputs, Sample sample) {
            double[] corners = Tally.finite(required(outputs, boxes), sample);
            double[] certain = Tally.finite(required(outputs, scores), sample);
            double[] classes = Tally.finite(required(outputs, labels), sample);
            var found = new ArrayList<Raw>();
            for (int i = 0; i < certain.length && 4 * i + 3 < corners.length && i < classes.length; i++) {
                if (certain[i] > 0 && classes[i] >= 0) {
                    found.add(new Raw(
                            corners[4 * i],
                            corners[4 * i + 1],
                            corners[4 * i + 2],
                            corners[4 * i + 3],
                            certain[i],
                            (int) classes[i]));
                }
            }
            return found;
        }

        @Override
        public boolean overlapping() {
            return false;
        }
    }

    /** Boxes [1, N, 4] and scores of every class [1, N, C] before suppression. */
    record Scored(String boxes, String scores) implements DetectorForm {
        @Override
        public List<Raw> read(Map<String, Tensor> outputs, Sample sample) {
            double[] corners = Tally.finite(required(outputs, boxes), sample);
            double[] all = Tally.finite(required(outputs, scores), sample);
            int anchors = corners.length / 4;
            if (anchors == 0) {
                return List.of();
            }
            int classes = all.length / anchors;
            return surest(
                    anchors,
                    classes,
                    (anchor, label) -> all[anchor * classes + label],
                    (anchor, k) -> corners[anchor * 4 + k]);
        }

        @Override
        public boolean overlapping() {
            return true;
        }
    }

    /**
     * Boxes and scores of every class in one output before suppression: [1, 4 + C, N], or [1, N, 5 + C] whose fifth number
     * says whether there is anything, and by which the others are multiplied.
     */
    record Joined(String name, boolean anchorsLast) implements DetectorForm {
        @Override
        public List<Raw> read(Map<String, Tensor> outputs, Sample sample) {
            Tensor output = required(outputs, name);
            double[] all = Tally.finite(output, sample);
            int anchors = (int) output.dims()[anchorsLast ? 2 : 1];
            int width = (int) output.dims()[anchorsLast ? 1 : 2];
            return anchorsLast
                    ? surest(
                            anchors,
                            width - 4,
                            (anchor, label) -> all[(4 + label) * anchors + anchor],
                            (anchor, k) -> all[k * anchors + anchor])
                    : surest(
                            anchors,
                            width - 5,
                            (anchor, label) -> all[anchor * width + 4] * all[anchor * width + 5 + label],
                            (anchor, k) -> all[anchor * width + k]);
        }

        @Override
        public boolean overlapping() {
            return true;
        }
    }

    /** A number of an anchor: the score of a class, or a coordinate. */
    interface Lookup {
        double of(int anchor, int index);
    }

    private static List<Raw> surest(int anchors, int classes, Lookup score, Lookup coordinate) {
        boolean probabilities = true;
        for (int anchor = 0; anchor < anchors; anchor++) {
            for (int label = 0; label < classes; label++) {
                double value = score.of(anchor, label);
                probabilities &= value >= 0 && value <= 1;
            }
        }
        var found = new ArrayList<Raw>();
        for (int anchor = 0; anchor < anchors; anchor++) {
            for (int label = 0; label < classes; label++) {
                double value = score.of(anchor, label);
                if (!probabilities || value >= LEAST_PROBABILITY) {
                    found.add(new Raw(
                            coordinate.of(anchor, 0),
                            coordinate.of(anchor, 1),
                            coordinate.of(anchor, 2),
                            coordinate.of(anchor, 3),
                            value,
                            label));
                }
            }
        }
        found.sort(Comparator.comparingDouble(Raw::score).reversed());
        return List.copyOf(found.subList(0, Math.min(found.size(), MOST_CANDIDATES)));
    }

    private static Tensor required(Map<String, Tensor> outputs, String name) {
        Tensor output = outputs.get(name);
        if (output == null) {
            throw Problem.usage("compress.outputs", "the output " + name + " is missing")
                    .toException();
        }
        return output;
    }

    /**
     * The form of a detector's outputs, told from their dimensions.
     *
     * @throws dev.skerry.problem.ProblemException where it is none that is known
     */
    static DetectorForm of(List<String> names, Map<String, Tensor> outputs) {
        List<Tensor> real = names.stream()
                .map(outputs::get)
                .filter(java.util.Objects::nonNull)
                .filter(output -> output.type() != DataType.STRING)
                .toList();
        return lists(real)
                .or(() -> rows(real))
                .or(() -> scored(real))
                .or(() -> joined(real))
                .orElseThrow(
                        () -> Problem.usage("compress.detector", "the model's outputs are no boxes that can be read")
                                .because("it gives " + TargetTally.types(names, outputs))
                                .attempt(
                                        "boxes [1,N,4] and scores [1,N,C]; or rows of left, top, right, bottom, score, class [M,6]")
                                .attempt("an evaluator of your own: --evaluator \"COMMAND {model}\"")
                                .toException());
    }

    private static Optional<DetectorForm> rows(List<Tensor> outputs) {
        for (Tensor output : outputs) {
            long[] dims = output.dims();
            if (dims.length < 2 || !Arrays.stream(dims, 0, dims.length - 2).allMatch(dim -> dim == 1)) {
                continue;
            }
            long columns = dims[dims.length - 1];
            if (columns == 6 && dims[dims.length - 2] <= MOST_CANDIDATES) {
                return Optional.of(new Rows(output.name(), 0, 4, 5));
            }
            // image, box, class, score in rank 2; image, class, score, box in rank 4
            if (columns == 7 && dims.length != 3) {
                return Optional.of(
                        dims.length == 2 ? new Rows(output.name(), 1, 6, 5) : new Rows(output.name(), 3, 2, 1));
            }
        }
        return Optional.empty();
    }

    private static Optional<Tensor> boxes(List<Tensor> outputs) {
        return outputs.stream()
                .filter(output -> output.rank() >= 2
                        && output.rank() <= 4
                        && output.dims()[output.rank() - 1] == 4
                        && output.elements() % 4 == 0)
                .findFirst();
    }

    private static Optional<DetectorForm> lists(List<Tensor> outputs) {
        return boxes(outputs).flatMap(boxes -> {
            List<Tensor> lists = outputs.stream()
                    .filter(output -> !output.name().equals(boxes.name()))
                    .filter(output -> output.rank() >= 1 && output.rank() <= 2)
                    .filter(output -> output.elements() == boxes.elements() / 4)
                    .filter(output -> output.rank() < boxes.rank())
                    .toList();
            if (lists.size() < 2) {
                return Optional.empty();
            }
            Tensor labels = lists.stream()
                    .filter(output -> output.type().name().contains("INT"))
                    .findFirst()
                    .or(() -> lists.stream()
                            .filter(output -> {
                                String name = output.name().toLowerCase(Locale.ROOT);
                                return name.contains("class") || name.contains("label");
                            })
                            .findFirst())
                    // boxes, classes, scores is how TensorFlow orders them
                    .orElse(lists.getFirst());
            return lists.stream()
                    .filter(output -> !output.name().equals(labels.name()))
                    .findFirst()
                    .map(scores -> new Lists(boxes.name(), scores.name(), labels.name()));
        });
    }

    private static Optional<DetectorForm> scored(List<Tensor> outputs) {
        return boxes(outputs).flatMap(boxes -> {
            long anchors = boxes.elements() / 4;
            return outputs.stream()
                    .filter(output -> !output.name().equals(boxes.name()))
                    .filter(output ->
                            output.rank() >= 2 && output.rank() <= 3 && output.dims()[output.rank() - 2] == anchors)
                    .findFirst()
                    .map(scores -> new Scored(boxes.name(), scores.name()));
        });
    }

    private static Optional<DetectorForm> joined(List<Tensor> outputs) {
        if (outputs.size() != 1
                || outputs.getFirst().rank() != 3
                || outputs.getFirst().dims()[0] != 1) {
            return Optional.empty();
        }
        long[] dims = outputs.getFirst().dims();
        if (dims[1] >= 5 && dims[1] < dims[2]) {
            return Optional.of(new Joined(outputs.getFirst().name(), true));
        }
        return dims[2] >= 6 && dims[2] < dims[1]
                ? Optional.of(new Joined(outputs.getFirst().name(), false))
                : Optional.empty();
    }
}
