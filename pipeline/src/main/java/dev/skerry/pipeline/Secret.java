package dev.skerry.pipeline;

/** Where a secret is, never the secret itself: declarations travel in bundles and logs. */
public sealed interface Secret {
    /** The first line of a file, relative to the folder that the run is told. */
    record InFile(String path) implements Secret {}

    /** A variable of the environment. */
    record InEnvironment(String variable) implements Secret {}
}
