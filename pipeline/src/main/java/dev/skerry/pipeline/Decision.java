package dev.skerry.pipeline;

/**
 * What one frame led to: ranked classes, detections, or plain values. Reused from cycle to cycle; an entry is valid until the
 * next read.
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

    private Kind kind = Kind.VALUES;
    private int count;

    Decision() {}

    public Kind kind() {
        return kind;
    }

    /** The number of entries. */
    public int count() {
        return count;
    }

    /** Class index of an entry; −1 where there is none. */
    public int index(int entry) {
        throw new UnsupportedOperationException();
    }

    /** Label of an entry; the index as text where the class has no name. */
    public String label(int entry) {
        throw new UnsupportedOperationException();
    }

    public float score(int entry) {
        throw new UnsupportedOperationException();
    }

    /** Side of a detection's box as a fraction of the frame: 0 left, 1 top, 2 right, 3 bottom. */
    public float box(int entry, int side) {
        throw new UnsupportedOperationException();
    }

    /** Appends this as a JSON object. */
    public void write(JsonText to) {
        throw new UnsupportedOperationException();
    }
}
