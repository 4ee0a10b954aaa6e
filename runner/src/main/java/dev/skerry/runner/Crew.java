package dev.skerry.runner;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a run: the loop, its watchdog, one for each fallback model and for the actions of each model, the one that only
 * sleeps, and this one, which watches and tells.
 */
final class Crew {
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
        int standbys = (int) performers.stream().filter(Performer::hasStandby).count();
        var line = new StartLine(2 + standbys);
        List<Thread> actionThreads = performers.stream()
                .map(performer -> guarded("skerry-actions", performer.queue()))
                .toList();
        Thread loopThread = loop(line);
        Thread watchdogThread = watchdog(line);
        List<Thread> standbyThreads = standbys(line);
        Thread meterThread = guarded("skerry-hiccups", () -> {
            privileges.forBystander();
            meter.run();
        });
        actionThreads.forEach(Thread::start);
        loopThread.start();
        watchdogThread.start();
        standbyThreads.forEach(Thread::start);
        meterThread.start();
        privileges.raiseOthers(line.awaitAll());
        RunReport.Scheduling scheduling = privileges.report();
        var steals = new StealWatch(STAT, scheduling.core());
        double startupMillis = System.currentTimeMillis()
                - ManagementFactory.getRuntimeMXBean().getStartTime()
                + AHEAD_NANOS / 1e6;
        long start = System.nanoTime() + AHEAD_NANOS;
        List<Lane> lanes =
                performers.stream().map(performer -> lane(performer, start)).toList();
        wire.phase("run");
        line.start(lanes);
        commands.begin(performers, lanes, System::nanoTime, privileges::forBystander);
        boolean hung = watch(lanes, steals).watch(loopThread);
        commands.end();
        end(watchdogThread);
        standbyThreads.forEach(Crew::endBriefly);
        meter.end();
        end(meterThread);
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

    private Thread loop(StartLine line) {
        return guarded("skerry-loop", () -> {
            privileges.forLoop();
            var evidence = new ThreadEvidence();
            var pacer = new HybridPacer(plan.periodNanos());
            stop.waitsOn(Thread.currentThread());
            new DeadlineLoop(plan.cycles(), line.lineUp(), pacer, evidence, stop, grip).run();
        });
    }

    private Thread watchdog(StartLine line) {
        return guarded("skerry-deadline", () -> {
            privileges.forWatchdog();
            new Watchdog(plan.cycles(), line.lineUp(), HybridPacer.sleeping(), grip).run();
        });
    }

    /** One for each fallback model. */
    private List<Thread> standbys(StartLine line) {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < performers.size(); i++) {
            if (performers.get(i).hasStandby()) {
                int at = i;
                threads.add(guarded("skerry-standby", () -> {
                    privileges.forStandby();
                    Standby standby = line.lineUp().get(at).standby();
                    if (standby != null) {
                        standby.run();
                    }
                }));
            }
        }
        return threads;
    }

    private LoopWatch watch(List<Lane> lanes, StealWatch steals) {
        var events = new Events(plan, performers, lanes, wire, safepointLog);
        long restart = performers.getFirst().restartNanos();
        return new LoopWatch(plan.cycles(), restart, lanes, stop, grip, wire, events, steals, meter, System::nanoTime);
    }

    private Lane lane(Performer performer, long start) {
        long deadline = plan.deadline().toNanos();
        boolean answers = performer.levels().answers();
        return performer.lane(
                new Schedule(start, plan.rateHz(), deadline, answers ? Schedule.leadFor(deadline) : 0), plan.cycles());
    }

    private Thread guarded(String name, Runnable body) {
        Thread thread = Daemon.of(name, body);
        thread.setUncaughtExceptionHandler((_, failure) -> {
            defect.compareAndSet(null, failure);
            stop.request();
        });
        return thread;
    }

    private static void end(Thread sleeping) {
        LockSupport.unpark(sleeping);
        Daemon.join(sleeping);
    }

    /** A fallback model may hang too; its thread then stays behind. */
    private static void endBriefly(Thread standby) {
        LockSupport.unpark(standby);
        try {
            standby.join(STANDBY_PATIENCE);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
