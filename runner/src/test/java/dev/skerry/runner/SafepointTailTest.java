package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class SafepointTailTest {
    private static final String LINE =
            "[%dns] Safepoint \"G1CollectForAllocation\", Time since last: 1 ns, Total: 500 ns\n";

    @TempDir
    Path folder;

    @Test
    void readsOnWhereItStoppedAndWaitsForTheEndOfALine() throws IOException {
        Path file = folder.resolve("safepoints.log");
        String second = LINE.formatted(9_000);
        Files.writeString(file, LINE.formatted(1_000) + second.substring(0, 20));
        var tail = new SafepointTail(file);

        assertThat(tail.read().pauses()).containsExactly(new Stoppage(500, 1_000, 500));

        Files.writeString(file, second.substring(20), StandardOpenOption.APPEND);
        SafepointLog all = tail.read();
        assertThat(all.pauses()).hasSize(2);
        assertThat(all.collections()).hasSize(2);
    }

    @Test
    void withoutALogNothingIsKnown() {
        assertThat(new SafepointTail(null).read().known()).isFalse();
        assertThat(new SafepointTail(folder.resolve("none")).read().known()).isFalse();
    }
}
