package dev.skerry.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** From a trained model to a decision on time, at the edge. */
@Command(name = "skerry", mixinStandardHelpOptions = true, version = "skerry 0.1.0")
public final class Skerry implements Runnable {
    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Skerry()).execute(arguments));
    }
}
