package dev.skerry.runner;

/** Threads that end with the process. */
final class Daemon {
    private Daemon() {}

    /** Not started yet. */
    static Thread of(String name, Runnable body) {
        return Thread.ofPlatform().daemon().name(name).unstarted(body);
    }

    /** Waits for its end, whatever else happens. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
