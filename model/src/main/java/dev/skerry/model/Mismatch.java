package dev.skerry.model;

/** Thrown by a rule where a node contradicts its inputs; inference turns it into a problem and goes on. */
final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1;

    Mismatch(String what) {
        super(what, null, false, false);
    }

    String what() {
        return String.valueOf(getMessage());
    }
}
