package dev.skerry.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Holds a command that serves until the process is told to end (SIGTERM, Ctrl-C) or its thread is interrupted, and lets it
 * tidy up before the process goes: its exit code is 0 then, as service managers expect it.
 */
final class UntilStopped implements AutoCloseable {
    private final CountDownLatch stop = new CountDownLatch(1);
    private final CountDownLatch tidied = new CountDownLatch(1);
    private final Thread onShutdown = new Thread(this::shutDown, "until-stopped");
    private final Duration patience;
    private final Terminal terminal;

    /**
     * @param patience how long the process waits for the command after it was told to end
     */
    UntilStopped(Terminal terminal, Duration patience) {
        this.terminal = terminal;
        this.patience = patience;
        Runtime.getRuntime().addShutdownHook(onShutdown);
    }

    /** Returns when the command should end. */
    void await() {
        try {
            stop.await();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        }
    }

    private void shutDown() {
        stop.countDown();
        int code = 0;
        try {
            code = tidied.await(patience.toNanos(), TimeUnit.NANOSECONDS) ? 0 : 4;
        } catch (InterruptedException again) {
            code = 4;
        }
        terminal.out().flush();
        terminal.err().flush();
        Runtime.getRuntime().halt(code);
    }

    /** Says that everything is tidy. */
    @Override
    public void close() {
        tidied.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(onShutdown);
        } catch (IllegalStateException ending) {
            // the hook runs, and has just been told
        }
    }
}
