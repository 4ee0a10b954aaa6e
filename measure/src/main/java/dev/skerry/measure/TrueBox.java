package dev.skerry.measure;

/**
 * What there is to be detected.
 *
 * @param crowd a region of many of this class, or something that doesn't count: what is detected inside is neither right nor wrong
 */
public record TrueBox(int label, Box box, boolean crowd) {}
