package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent writes of its runners while it runs. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SupervisedRunsTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String said() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private void awaitSaid(String text) throws InterruptedException {
        for (int i = 0; i < 200 && !said().contains(text); i++) {
            Thread.sleep(50);
        }
        assertThat(said()).contains(text);
    }

    @Test
    void aStatusFileThatCantBeWrittenIsToldOnceAndEndsNothing() throws IOException, InterruptedException {
        Path place = Files.createDirectory(folder.resolve("place"));
        var options = new SupervisionOptions();
        options.status = place.resolve("status.json");
        var printed = new PrintStream(err, true, StandardCharsets.UTF_8);
        var context = new Context(new Terminal(printed, printed, false, false), System::nanoTime, Map.of());
        try (SupervisedRuns runs = SupervisedRuns.start(context, options, List.of(), true)) {
            Files.delete(options.status);
            Files.delete(place);
            runs.ready();
            awaitSaid("action-trouble");
            Thread.sleep(1200); // two more looks
            assertThat(said().split("action-trouble", -1)).hasSize(2);
            Files.createDirectory(place);
            awaitSaid("action-back");
            assertThat(options.status).exists();
            Files.delete(options.status);
            Files.delete(place);
        }
        assertThat(said().split("agent.status", -1)).hasSize(3);
    }
}
