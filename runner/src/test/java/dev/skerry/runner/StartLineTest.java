package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Threads that wait for each other, and one that never comes. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class StartLineTest {
    @Test
    void allLineUpAndGo() throws Exception {
        var line = new StartLine(2);
        var one = CompletableFuture.supplyAsync(line::lineUp);
        var other = CompletableFuture.supplyAsync(line::lineUp);
        assertThat(CompletableFuture.supplyAsync(line::awaitAll).get(10, TimeUnit.SECONDS))
                .hasSize(2);
        line.start(List.of());
        assertThat(one.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(other.get(10, TimeUnit.SECONDS)).isEmpty();
    }

    @Test
    void oneThatDiesBeforeItLinesUpKeepsNobodyWaiting() throws Exception {
        var line = new StartLine(2);
        var one = CompletableFuture.supplyAsync(line::lineUp);
        var all = CompletableFuture.supplyAsync(line::awaitAll);
        var failure = new IllegalStateException("dead");
        line.giveUp(failure);
        assertThat(all.handle((_, _) -> true).get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(one.handle((_, cause) -> cause).get(10, TimeUnit.SECONDS)).hasRootCause(failure);
    }
}
