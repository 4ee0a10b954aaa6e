package dev.skerry.cli;

import picocli.CommandLine.Option;

/** Options that every command has. */
final class CommonOptions {
    @Option(names = "--json", description = "Print the result as JSON (the schemas are versioned).")
    boolean json;

    @Option(names = "--stacktrace", hidden = true, description = "Show where an unexpected error comes from.")
    boolean stacktrace;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;
}
