package dev.skerry.runner;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.problem.Problem;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The threads of a run: the loop, its watchdog, the one for actions, and this one, which watches and tells. */
final class Crew {
    private static final long WATCH_NANOS = 200_000_000;
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final long AHEAD_NANOS = 20_000_000;
    private static final Path STAT = Path.of("/proc/stat");

    private final RunPlan plan;
    private final CycleWork work;
    private final ActionQueue<?> queue;
    private final Wire wire;
    private final StopSignal stop;
    private final Privileges privileges;
    private final LoopRecord record = new LoopRecord();
    private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();

    /**
     * What the threads leave behind.
     *
     * @param startupMillis from the start of the process to the first release
     */
    record Result(
            LoopRecord record,
            Schedule schedule,
            LatencyHistogram watchdogFallbacks,
            long watchdogLate,
            List<Stoppage> steals,
            RunReport.Scheduling scheduling,
            long lost,
            double startupMillis) {}

    Crew(RunPlan plan, CycleWork work, ActionQueue<?> queue, Wire wire, StopSignal stop) {
        this.plan = plan;
        this.work = work;
        this.queue = queue;
        this.wire = wire;
        this.stop = stop;
        this.privileges = new Privileges(plan.realtime());
    }

    /** Until all cycles are served, or a stop is requested. */
    Result run() {
        // what starting has left behind goes before pages are locked and the clock runs
        System.gc();
        privileges.lockMemory();
        var schedule = new CompletableFuture<Schedule>();
        var ready = new CountDownLatch(2);
        var claims = new Claims();
        var loopId = new AtomicInteger(-1);
        var watchdogId = new AtomicInteger(-1);
        var watchdog = new AtomicReference<@Nullable Watchdog>();
        Thread actionThread = guarded("skerry-actions", queue);
        Thread loopThread = guarded("skerry-loop", () -> {
            privileges.forLoop();
            loopId.set(Privileges.threadId());
            var evidence = new ThreadEvidence();
            var pacer = new HybridPacer(plan.periodNanos());
            stop.waitsOn(Thread.currentThread());
            ready.countDown();
            new DeadlineLoop(schedule.join(), plan.cycles(), claims, pacer, work, evidence, stop, record).run();
        });
        Thread watchdogThread = guarded("skerry-deadline", () -> {
            privileges.forWatchdog();
            watchdogId.set(Privileges.threadId());
            ready.countDown();
            var dog = new Watchdog(schedule.join(), plan.cycles(), claims, HybridPacer.sleeping(), work);
            watchdog.set(dog);
            if (work.hasFallback()) {
                dog.run();
            }
        });
        actionThread.start();
        loopThread.start();
        watchdogThread.start();
        await(ready);
        privileges.raiseOthers(List.of(loopId.get(), watchdogId.get()));
        RunReport.Scheduling scheduling = privileges.report();
        var steals = new StealWatch(STAT, scheduling.core());
        long deadlineNanos = plan.deadline().toNanos();
        long now = System.nanoTime();
        double startupMillis = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime()
                + AHEAD_NANOS / 1e6;
        var times = new Schedule(
                now + AHEAD_NANOS,
                plan.rateHz(),
                deadlineNanos,
                work.hasFallback() ? Schedule.leadFor(deadlineNanos) : 0);
        wire.phase("run");
        schedule.complete(times);
        watch(loopThread, steals);
        LockSupport.unpark(watchdogThread);
        join(watchdogThread);
        queue.finish(record.cycles.get());
        join(actionThread);
        Throwable broken = defect.get();
        if (broken != null) {
            throw new IllegalStateException("a thread of the run ended by itself", broken);
        }
        Watchdog dog = watchdog.get();
        return new Result(
                record,
                times,
                dog == null ? new LatencyHistogram() : dog.latency(),
                dog == null ? 0 : dog.late(),
                steals.steals(),
                scheduling,
                queue.lost(),
                startupMillis);
    }

    private void watch(Thread loop, StealWatch steals) {
        long stopSince = 0;
        while (loop.isAlive()) {
            long now = System.nanoTime();
            steals.poll(now);
            wire.progress(record.cycles.get(), plan.cycles(), record.missed.get(), record.lastNanos.get() / 1e3);
            if (!stop.requested()) {
                stopSince = now;
            } else if (now - stopSince > PATIENCE_NANOS) {
                throw Problem.environment(
                                "run.hung", "an inference doesn't come back, so the run can't end between two cycles")
                        .at("cycle " + record.cycles.get())
                        .toException();
            }
            try {
                loop.join(Duration.ofNanos(WATCH_NANOS));
            } catch (InterruptedException _) {
                stop.request();
            }
        }
        steals.poll(System.nanoTime());
        wire.progress(record.cycles.get(), plan.cycles(), record.missed.get(), record.lastNanos.get() / 1e3);
    }

    private Thread guarded(String name, Runnable body) {
        Thread thread = daemon(name, body);
        thread.setUncaughtExceptionHandler((_, failure) -> {
            defect.compareAndSet(null, failure);
            stop.request();
        });
        return thread;
    }

    static Thread daemon(String name, Runnable body) {
        return Thread.ofPlatform().daemon().name(name).unstarted(body);
    }

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

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
