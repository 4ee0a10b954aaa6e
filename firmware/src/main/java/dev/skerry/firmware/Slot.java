package dev.skerry.firmware;

/** A device has two places for an image: one runs while the other is written. */
public enum Slot {
    A,
    B;

    /** As files name it: {@code slot-a}. */
    public String label() {
        return this == A ? "slot-a" : "slot-b";
    }
}
