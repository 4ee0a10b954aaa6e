package dev.skerry.measure;

/** What a detector says: a box around something of the class {@code label}, the surer the higher the score. */
public record Detection(int label, double score, Box box) {}
