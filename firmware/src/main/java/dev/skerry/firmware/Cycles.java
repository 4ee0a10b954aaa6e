package dev.skerry.firmware;

/** How many cycles of a processor something takes: an estimate, no measurement. */
public record Cycles(long low, long high) {
    static final Cycles NONE = new Cycles(0, 0);

    static Cycles exactly(long cycles) {
        return new Cycles(cycles, cycles);
    }

    Cycles plus(Cycles other) {
        return new Cycles(low + other.low, high + other.high);
    }

    Cycles times(long count) {
        return new Cycles(low * count, high * count);
    }
}
