package dev.skerry.runner;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Work that another thread does meanwhile: two cores start sooner than one. */
final class Aside<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();

    private Aside(String name, Supplier<T> work) {
        Daemon.of(name, () -> {
                    try {
                        result.complete(work.get());
                    } catch (Throwable failure) {
                        result.completeExceptionally(failure);
                    }
                })
                .start();
    }

    static <T> Aside<T> start(String name, Supplier<T> work) {
        return new Aside<>(name, work);
    }

    /** Waits for the result, or throws what the work threw. */
    T join() {
        try {
            return result.join();
        } catch (CompletionException failure) {
            switch (failure.getCause()) {
                case RuntimeException expected -> throw expected;
                case Error error -> throw error;
                case null, default -> throw failure;
            }
        }
    }
}
