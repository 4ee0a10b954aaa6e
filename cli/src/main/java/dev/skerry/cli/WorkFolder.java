package dev.skerry.cli;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder for what is made while something is measured; it goes with the measurement. */
record WorkFolder(Path path) implements AutoCloseable {
    /**
     * Makes one among the system's temporary folders.
     *
     * @param name that it begins with
     * @throws dev.skerry.problem.ProblemException {@code project.work} where there is no room
     */
    static WorkFolder open(String name) {
        try {
            return new WorkFolder(Files.createTempDirectory(name));
        } catch (IOException full) {
            throw Problem.environment("project.work", "there is no room for what is compiled")
                    .because(String.valueOf(full.getMessage()))
                    .attempt("-Djava.io.tmpdir with a folder that may be written to")
                    .toException();
        }
    }

    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException left) {
            // what stays in the folder for temporary files goes with it
        }
    }
}
