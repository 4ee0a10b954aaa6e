package dev.skerry.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Holds a command that serves until the process is told to end (SIGTERM, Ctrl-C) or its thread is interrupted. The command then
 * ends as any other does, with exit code 0, as service managers expect it.
 *
 * <p>Not by a shutdown hook: hooks run side by side, and ONNX Runtime has one that takes its environment away from under
 * inferences that are still under way, which ends in an abort. {@code sun.misc.Signal} is what the JDK has for it; the compiler
 * warns of its name, so it is called without naming it.
 */
final class UntilStopped implements AutoCloseable {
    private final CompletableFuture<Boolean> stop = new CompletableFuture<>();
    private final List<Runnable> restore = new ArrayList<>();

    UntilStopped() {
        handle("TERM");
        handle("INT");
    }

    @SuppressWarnings("ReferenceEquality") // a proxy is equal to itself alone
    private void handle(String name) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object which = signal.getConstructor(String.class).newInstance(name);
            Object ours = Proxy.newProxyInstance(
                    UntilStopped.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            stop.complete(true);
                        }
                        return switch (method.getName()) {
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "toString" -> "until stopped";
                            default -> null;
                        };
                    });
            var install = signal.getMethod("handle", signal, handler);
            Object before = install.invoke(null, which, ours);
            restore.add(() -> {
                try {
                    install.invoke(null, which, before);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
            });
        } catch (InvocationTargetException taken) {
            // a JVM with -Xrs leaves signals to the system, which then ends the process at once
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a JDK without sun.misc.Signal", e);
        }
    }

    /**
     * Whether the command should end before work has. The work then goes on, on a thread of its own and often in native code: only
     * the end of the process ends it.
     */
    boolean before(Runnable work) {
        var done = CompletableFuture.supplyAsync(
                () -> {
                    work.run();
                    return false;
                },
                task -> Thread.ofPlatform().daemon().name("skerry-loading").start(task));
        try {
            return (boolean) CompletableFuture.anyOf(done, stop).get();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case RuntimeException known -> throw known;
                case Error known -> throw known;
                case null, default -> throw new IllegalStateException(failed);
            }
        }
    }

    /** Returns when the command should end. */
    void await() {
        try {
            stop.get();
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
