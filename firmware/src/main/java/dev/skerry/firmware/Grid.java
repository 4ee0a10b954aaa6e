package dev.skerry.firmware;

/** What a stored byte stands for: {@code scale × (byte − zero)}. */
record Grid(float scale, int zero) {
    static final Grid PLAIN = new Grid(1, 0);

    String text() {
        return "value = " + scale + " × (byte " + (zero < 0 ? "+ " + -zero : "− " + zero) + ")";
    }
}
