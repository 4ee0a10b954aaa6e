package dev.skerry.bench;

/** A program that does nothing: what a JVM itself takes to start and to end. */
final class Nothing {
    private Nothing() {}

    public static void main(String[] arguments) {}
}
