package dev.skerry.runner;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a run: the loop, its watchdog, one for each fallback model and for the actions of each model, the one that only
 * sleeps, and this one, which watches and tells.
 */
final class Crew {
    private static final long WATCH_NANOS = 200_000_000;
    /** How long an end that is asked for waits for an inference. */
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    private static final Duration STANDBY_PATIENCE = Duration.ofSeconds(1);
    private static final long AHEAD_NANOS = 20_000_000;
    private static final Path STAT = Path.of("/proc/stat");

    private final RunPlan plan;
    private final List<Performer> performers;
    private final Wire wire;
    private final StopSignal stop;
    private final Commands commands;
    private final @Nullable Path safepointLog;
    private final Privileges privileges;
    private final Grip grip = new Grip();
    private final HiccupMeter meter = new HiccupMeter(HybridPacer.sleeping());
    private final AtomicReference<@Nullable Throwable> defect = new AtomicReference<>();

    /**
     * What the threads leave behind.
     *
     * @param hung whether an inference never came back
     * @param startupMillis from the start of the process to the first release
     */
    record Result(
            List<Lane> lanes,
            boolean hung,
            List<Stoppage> steals,
            HiccupMeter hiccups,
            RunReport.Scheduling scheduling,
            double startupMillis) {}

    Crew(
            RunPlan plan,
            List<Performer> performers,
            Wire wire,
            StopSignal stop,
            Commands commands,
            @Nullable Path safepointLog) {
        this.plan = plan;
        this.performers = performers;
        this.wire = wire;
        this.stop = stop;
        this.commands = commands;
        this.safepointLog = safepointLog;
        this.privileges = new Privileges(plan.realtime());
    }

    /** Until all cycles are served, a stop is requested, or an inference has hung for too long. */
    Result run() {
        // what starting has left behind goes before pages are locked and the clock runs
        System.gc();
        privileges.lockMemory();
        var schedule = new CompletableFuture<List<Lane>>();
        long standbys = performers.stream().filter(Performer::hasStandby).count();
        var ready = new CountDownLatch((int) (2 + standbys));
        var keyThreads = new CopyOnWriteArrayList<Integer>();
        List<Thread> actionThreads = performers.stream()
                .map(performer -> guarded("skerry-actions", performer.queue()))
                .toList();
        Thread loopThread = guarded("skerry-loop", () -> {
            privileges.forLoop();
            var evidence = new ThreadEvidence();
            var pacer = new HybridPacer(plan.periodNanos());
            stop.waitsOn(Thread.currentThread());
            new DeadlineLoop(plan.cycles(), known(keyThreads, ready, schedule), pacer, evidence, stop, grip).run();
        });
        Thread watchdogThread = guarded("skerry-deadline", () -> {
            privileges.forWatchdog();
            List<Lane> lanes = known(keyThreads, ready, schedule);
            new Watchdog(plan.cycles(), lanes, HybridPacer.sleeping(), grip).run();
        });
        var standbyThreads = new ArrayList<Thread>();
        for (int i = 0; i < performers.size(); i++) {
            if (performers.get(i).hasStandby()) {
                int at = i;
                standbyThreads.add(guarded("skerry-standby", () -> {
                    privileges.forStandby();
                    Standby standby = known(keyThreads, ready, schedule).get(at).standby();
                    if (standby != null) {
                        standby.run();
                    }
                }));
            }
        }
        Thread meterThread = guarded("skerry-hiccups", () -> {
            privileges.forBystander();
            meter.run();
        });
        actionThreads.forEach(Thread::start);
        loopThread.start();
        watchdogThread.start();
        standbyThreads.forEach(Thread::start);
        meterThread.start();
        await(ready);
        privileges.raiseOthers(keyThreads);
        RunReport.Scheduling scheduling = privileges.report();
        var steals = new StealWatch(STAT, scheduling.core());
        double startupMillis = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime()
                + AHEAD_NANOS / 1e6;
        long start = System.nanoTime() + AHEAD_NANOS;
        List<Lane> lanes =
                performers.stream().map(performer -> lane(performer, start)).toList();
        wire.phase("run");
        schedule.complete(lanes);
        commands.begin(performers, lanes, System::nanoTime, privileges::forBystander);
        boolean hung = watch(loopThread, lanes, steals);
        commands.end();
        wake(watchdogThread);
        Daemon.join(watchdogThread);
        standbyThreads.forEach(thread -> {
            wake(thread);
            joinBriefly(thread);
        });
        meter.end();
        wake(meterThread);
        Daemon.join(meterThread);
        for (int i = 0; i < lanes.size(); i++) {
            performers.get(i).queue().finish(lanes.get(i).record().cycles.get());
        }
        actionThreads.forEach(Daemon::join);
        Throwable broken = defect.get();
        if (broken != null) {
            throw new IllegalStateException("a thread of the run ended by itself", broken);
        }
        return new Result(lanes, hung, steals.steals(), meter, scheduling, startupMillis);
    }

    private Lane lane(Performer performer, long start) {
        long deadline = plan.deadline().toNanos();
        boolean answers = performer.levels().answers();
        return performer.lane(
                new Schedule(start, plan.rateHz(), deadline, answers ? Schedule.leadFor(deadline) : 0), plan.cycles());
    }

    /** On a thread that keeps its own priority: it is ready, and waits for the times of the run. */
    private static List<Lane> known(
            List<Integer> keyThreads, CountDownLatch ready, CompletableFuture<List<Lane>> lanes) {
        keyThreads.add(Privileges.threadId());
        ready.countDown();
        return lanes.join();
    }

    /** Until the loop has ended, or has been given up; whether it has. */
    private boolean watch(Thread loop, List<Lane> lanes, StealWatch steals) {
        var events = new Events(plan, performers, lanes, wire, safepointLog);
        long restart = performers.getFirst().restartNanos();
        LoopRecord first = lanes.getFirst().record();
        long stopSince = 0;
        boolean hung = false;
        while (loop.isAlive() && !hung) {
            long now = System.nanoTime();
            steals.poll(now);
            wire.progress(first.cycles.get(), plan.cycles(), first.missed.get(), first.lastNanos.get() / 1e3);
            events.tell(now, steals.steals(), meter.hiccups());
            boolean over = stop.requested() || answered(lanes);
            stopSince = over ? stopSince : now;
            long inside = grip.inside() && first.begun >= 0
                    ? now - lanes.getFirst().schedule().release(first.begun)
                    : 0;
            if (restart > 0 && inside > restart || over && now - stopSince > PATIENCE_NANOS && inside > 0) {
                hung = grip.letGo();
            } else {
                joinFor(loop);
            }
        }
        if (hung) {
            lanes.forEach(lane -> Hang.close(lane, System.nanoTime()));
        }
        steals.poll(System.nanoTime());
        wire.progress(first.cycles.get(), plan.cycles(), first.missed.get(), first.lastNanos.get() / 1e3);
        events.end(steals.steals(), meter.hiccups());
        return hung;
    }

    private boolean answered(List<Lane> lanes) {
        return plan.cycles() > 0
                && lanes.stream().allMatch(lane -> lane.claims().next() >= plan.cycles());
    }

    private void joinFor(Thread loop) {
        try {
            loop.join(Duration.ofNanos(WATCH_NANOS));
        } catch (InterruptedException _) {
            stop.request();
        }
    }

    private Thread guarded(String name, Runnable body) {
        Thread thread = Daemon.of(name, body);
        thread.setUncaughtExceptionHandler((_, failure) -> {
            defect.compareAndSet(null, failure);
            stop.request();
        });
        return thread;
    }

    private static void wake(Thread thread) {
        LockSupport.unpark(thread);
    }

    /** A fallback model may hang too; its thread then stays behind. */
    private static void joinBriefly(Thread thread) {
        try {
            thread.join(STANDBY_PATIENCE);
        } catch (InterruptedException _) {
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
