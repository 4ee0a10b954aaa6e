package dev.skerry.pipeline;

import java.util.Arrays;

/**
 * What one frame led to: ranked classes, detections, or plain values. Reused from cycle to cycle; an entry is valid until the
 * next read. Not thread-safe.
 */
public final class Decision {
    /** What the entries are. */
    public enum Kind {
        /** Class index, label and score, the best first. */
        CLASSES,
        /** As classes, with a box each. */
        DETECTIONS,
        /** Scores only: outputs without a step that decides. */
        VALUES
    }

    private Kind kind;
    private int[] indices;
    private float[] scores;
    private float[] boxes;
    private String[] labels;
    private int count;

    /** A decision with room for {@code capacity} entries. */
    Decision(Kind kind, int capacity) {
        this.kind = kind;
        this.indices = new int[capacity];
        this.scores = new float[capacity];
        this.boxes = new float[kind == Kind.DETECTIONS ? capacity * 4 : 0];
        this.labels = new String[capacity];
        Arrays.fill(indices, -1);
        Arrays.fill(labels, "");
    }

    /** The same as another one of any kind and size; allocates only where this was smaller so far. */
    public void copy(Decision other) {
        become(other.kind, other.count);
        count = other.count;
        System.arraycopy(other.indices, 0, indices, 0, count);
        System.arraycopy(other.scores, 0, scores, 0, count);
        System.arraycopy(other.labels, 0, labels, 0, count);
        if (kind == Kind.DETECTIONS) {
            System.arraycopy(other.boxes, 0, boxes, 0, count * 4);
        }
    }

    /** Empty, of a kind, with room for {@code capacity} entries: one model's decisions are used again for those of its successor. */
    void become(Kind kind, int capacity) {
        count = 0;
        this.kind = kind;
        ensure(capacity);
        if (kind == Kind.DETECTIONS && boxes.length < scores.length * 4) {
            boxes = new float[scores.length * 4];
        }
    }

    void clear() {
        count = 0;
    }

    /** Makes room where the size of an output wasn't known before. */
    void ensure(int capacity) {
        if (capacity > scores.length) {
            indices = Arrays.copyOf(indices, capacity);
            scores = Arrays.copyOf(scores, capacity);
            labels = Arrays.copyOf(labels, capacity);
            boxes = Arrays.copyOf(boxes, kind == Kind.DETECTIONS ? capacity * 4 : 0);
        }
    }

    /** Adds an entry; the box of a detection is set with {@link #boxSide}. */
    void add(int index, String label, float score) {
        indices[count] = index;
        labels[count] = label;
        scores[count++] = score;
    }

    void boxSide(int entry, int side, float value) {
        boxes[entry * 4 + side] = value;
    }

    public Kind kind() {
        return kind;
    }

    /** The number of entries; 0 where nothing was detected. */
    public int count() {
        return count;
    }

    /** Class index of an entry; −1 where it is none of the classes. */
    public int index(int entry) {
        return indices[entry];
    }

    /** Label of an entry: the class's name, or its index as text; empty for plain values. */
    public String label(int entry) {
        return labels[entry];
    }

    public float score(int entry) {
        return scores[entry];
    }

    /** Side of a detection's box as a fraction of the frame: 0 left, 1 top, 2 right, 3 bottom. */
    public float box(int entry, int side) {
        return boxes[entry * 4 + side];
    }

    /**
     * Appends this as a JSON object: {@code {"label":…,"index":…,"score":…}} for the best class (with {@code "ranking"} where there
     * are more), {@code {"detections":[…]}}, or {@code {"values":[…]}}.
     */
    public void write(JsonText to) {
        to.raw('{');
        switch (kind) {
            case CLASSES -> {
                if (count > 0) {
                    entry(to, 0);
                } else {
                    to.key("label").nothing();
                }
                if (count > 1) {
                    to.raw(',').key("ranking");
                    entries(to);
                }
            }
            case DETECTIONS -> {
                to.key("detections");
                entries(to);
            }
            case VALUES -> {
                to.key("values").raw('[');
                for (int i = 0; i < count; i++) {
                    to.comma(i).number(scores[i]);
                }
                to.raw(']');
            }
        }
        to.raw('}');
    }

    private void entries(JsonText to) {
        to.raw('[');
        for (int i = 0; i < count; i++) {
            to.comma(i).raw('{');
            entry(to, i);
            to.raw('}');
        }
        to.raw(']');
    }

    private void entry(JsonText to, int i) {
        to.key("label").string(labels[i]).raw(',').key("index").number(indices[i]);
        to.raw(',').key("score").number(scores[i]);
        if (kind == Kind.DETECTIONS) {
            to.raw(',').key("box").raw('[');
            for (int side = 0; side < 4; side++) {
                to.comma(side).number(boxes[i * 4 + side]);
            }
            to.raw(']');
        }
    }

    @Override
    public String toString() {
        var text = new JsonText();
        write(text);
        return text.toString();
    }
}
