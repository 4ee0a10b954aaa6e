package dev.skerry.agent;

import dev.skerry.pipeline.Secret;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reads secrets from where declarations say that they are. What is read appears in no message and no log. */
final class Credentials {
    private static final int MOST_BYTES = 1 << 16;

    private final Path base;
    private final Map<String, String> environment;

    /**
     * Nothing is read yet.
     *
     * @param base folder that paths are relative to
     */
    Credentials(Path base, Map<String, String> environment) {
        this.base = base;
        this.environment = environment;
    }

    /**
     * The secret itself.
     *
     * @throws dev.skerry.problem.ProblemException code {@code network.secret} where it isn't there
     */
    String read(Secret secret) {
        return switch (secret) {
            case Secret.InFile(String path) -> firstLine(base.resolve(path));
            case Secret.InEnvironment(String variable) -> {
                String value = environment.getOrDefault(variable, "");
                if (value.isEmpty()) {
                    throw Problem.usage("network.secret", "the variable with the secret isn't set")
                            .at(variable)
                            .attempt("export " + variable + "=…, in a systemd unit LoadCredential= with a file")
                            .toException();
                }
                yield value;
            }
        };
    }

    Path file(String path) {
        return base.resolve(path);
    }

    private static String firstLine(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw unusable(file, "it has more than " + MOST_BYTES + " bytes");
            }
            String line = Files.readString(file).lines().findFirst().orElse("");
            if (line.isEmpty()) {
                throw unusable(file, "its first line is empty");
            }
            return line;
        } catch (IOException e) {
            throw unusable(file, e.getClass().getSimpleName());
        }
    }

    private static RuntimeException unusable(Path file, String why) {
        return Problem.usage("network.secret", "the file with the secret can't be used")
                .at(file.toString())
                .because(why)
                .attempt("a file that this user may read, with the secret in its first line")
                .toException();
    }
}
