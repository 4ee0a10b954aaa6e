package dev.skerry.runner;

import dev.skerry.runner.CorePolicy.Core;
import dev.skerry.runner.RunReport.Missing;
import dev.skerry.runner.RunReport.Scheduling;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Attempts the privileges of a plan, one by one, and keeps account. What isn't granted leaves the run as it is. The loop runs
 * above the other threads of the JVM and these above everything of normal priority: where the loop waits for a safepoint, a
 * neighbour that starves the JVM's own threads would make it wait for as long.
 */
final class Privileges {
    private static final int LOOP_PRIORITY = 50;
    /** Above the loop: where both have one core, a fallback model that waits for the model is none. */
    private static final int STANDBY_PRIORITY = 51;

    private static final int WATCHDOG_PRIORITY = 52;
    private static final int OTHERS_PRIORITY = 10;

    private final RunPlan.Realtime wanted;
    private final boolean present = Posix.present();
    private final List<Core> allowed;
    private final OptionalInt core;
    private final List<Missing> missing = new CopyOnWriteArrayList<>();
    private final AtomicInteger fifo = new AtomicInteger();
    private volatile boolean pinned;
    private volatile boolean locked;
    private volatile boolean tight;
    private volatile boolean raised;

    Privileges(RunPlan.Realtime wanted) {
        this.wanted = wanted;
        this.allowed = present ? cores() : List.of();
        this.core = wanted.pin() ? CorePolicy.choose(wanted.core(), allowed) : OptionalInt.empty();
        if (!present && (wanted.fifo() || wanted.pin() || wanted.lockMemory())) {
            missing.add(new Missing(
                    "real-time scheduling",
                    "it is asked for by system calls of 64-bit Linux, and this is " + System.getProperty("os.name"),
                    "run on Linux for bounded latency"));
        }
    }

    /** On the loop's thread, before its first cycle. */
    void forLoop() {
        if (!present) {
            return;
        }
        if (wanted.fifo()) {
            int error = Posix.schedule(0, Posix.SCHED_FIFO, LOOP_PRIORITY);
            if (error == 0) {
                fifo.incrementAndGet();
            } else {
                missing.add(PrivilegeText.fifo(error));
            }
        }
        if (wanted.pin()) {
            int error = core.isPresent() ? Posix.keepOn(List.of(core.getAsInt())) : -1;
            pinned = error == 0;
            if (error != 0) {
                missing.add(PrivilegeText.core(error, wanted.core(), allowed.size()));
            }
        }
        tight = Posix.tightTimers() == 0;
    }

    /** On the watchdog's thread, before it begins. Off the loop's core, or above the loop on it. */
    void forWatchdog() {
        if (present) {
            if (wanted.fifo()) {
                Posix.schedule(0, Posix.SCHED_FIFO, WATCHDOG_PRIORITY);
            }
            if (core.isPresent()) {
                Posix.keepOn(allowed.stream()
                        .map(Core::number)
                        .filter(number -> number != core.getAsInt())
                        .toList());
            }
            Posix.tightTimers();
        }
    }

    /** On a fallback model's thread. It may keep a core busy, so the watchdog stays above it, and the loop's core is left to the loop. */
    void forStandby() {
        if (present) {
            if (wanted.fifo()) {
                Posix.schedule(0, Posix.SCHED_FIFO, STANDBY_PRIORITY);
            }
            if (core.isPresent()) {
                Posix.keepOn(allowed.stream()
                        .map(Core::number)
                        .filter(number -> number != core.getAsInt())
                        .toList());
            }
            Posix.tightTimers();
        }
    }

    /**
     * On a thread that has time: it leaves the loop's core alone, and is no slower than the JVM's own threads, since a safepoint
     * waits for each thread that is in Java code, and the loop for the safepoint.
     */
    void forBystander() {
        if (present && fifo.get() > 0) {
            Posix.schedule(0, Posix.SCHED_RR, OTHERS_PRIORITY);
        }
        if (present && core.isPresent()) {
            Posix.keepOn(allowed.stream()
                    .map(Core::number)
                    .filter(number -> number != core.getAsInt())
                    .toList());
        }
    }

    /** Once everything is loaded. */
    void lockMemory() {
        if (present && wanted.lockMemory()) {
            int error = Posix.lockMemory();
            locked = error == 0;
            if (!locked) {
                missing.add(PrivilegeText.memory(error));
            }
        }
    }

    /** Lifts all other threads of the process above normal ones, where the loop got its own priority. */
    void raiseOthers(List<Integer> but) {
        if (!present || fifo.get() == 0) {
            return;
        }
        boolean all = true;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                int id = Integer.parseInt(thread.getFileName().toString());
                // a thread that has ended meanwhile is no failure
                all &= but.contains(id)
                        || Posix.schedule(id, Posix.SCHED_RR, OTHERS_PRIORITY) == 0
                        || !Files.exists(thread);
            }
            raised = all;
        } catch (IOException _) {
            raised = false;
        }
    }

    /** The kernel's number of the calling thread; -1 where it isn't known. */
    static int threadId() {
        try {
            return Integer.parseInt(
                    Path.of("/proc/thread-self").toRealPath().getFileName().toString());
        } catch (IOException _) {
            return -1;
        }
    }

    Scheduling report() {
        return new Scheduling(
                fifo.get() > 0, pinned, pinned ? core.orElse(-1) : -1, locked, tight, raised, List.copyOf(missing));
    }

    private static List<Core> cores() {
        List<Integer> isolated = CorePolicy.parseList(text(Path.of("/sys/devices/system/cpu/isolated")));
        var cores = new ArrayList<Core>();
        for (int number : Posix.allowedCores()) {
            String capacity = text(Path.of("/sys/devices/system/cpu/cpu" + number + "/cpu_capacity"))
                    .strip();
            cores.add(new Core(
                    number, capacity.matches("\\d{1,9}") ? Long.parseLong(capacity) : 0, isolated.contains(number)));
        }
        return cores;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return "";
        }
    }
}
