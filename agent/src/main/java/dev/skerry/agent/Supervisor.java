package dev.skerry.agent;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runner.ExitState;
import dev.skerry.runner.RunListener;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import dev.skerry.runner.RunnerProcess;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a runner deciding: starts its process, ends one that hangs, and starts another when one has died, until it is told to
 * stop. Death counts from the moment at which the parent can know of it.
 */
final class Supervisor implements AutoCloseable {
    private static final long LOOK_NANOS = 100_000_000;

    private final String target;
    private final RunPlan plan;
    private final RestartPolicy policy;
    private final AgentContext context;
    private final Attempts attempts;
    private final Attempts watch;
    private final long restartNanos;

    // all below by this lock
    private final Object lock = new Object();
    private @Nullable RunnerProcess process;
    private RunnerStatus.State state = RunnerStatus.State.STARTING;
    private boolean stopping;
    private long restarts;
    private long diedNanos = -1;
    private @Nullable Double lastRestartMillis;
    private @Nullable Double worstRestartMillis;
    private long cycles;
    private long missed;
    private long decidingNanos;
    private Pulse pulse;
    private @Nullable Problem hang;
    private @Nullable Problem trouble;
    private @Nullable RunReport report;

    /**
     * Not started yet.
     *
     * @param plan for an endless run
     * @param restartNanos how long an inference may hang before the runner ends by itself; 0 for ever
     */
    Supervisor(String target, RunPlan plan, long restartNanos, AgentContext context) {
        this.target = target;
        this.plan = plan;
        this.policy = new RestartPolicy(context.random());
        this.context = context;
        this.restartNanos = restartNanos;
        this.pulse = pulse();
        var atOnce = new Backoff(1, 1, context.random());
        this.attempts = new Attempts("skerry-supervisor", atOnce, this::defect, this::run);
        this.watch = new Attempts("skerry-watch", atOnce, this::defect, this::watch);
    }

    private Pulse pulse() {
        return new Pulse(restartNanos, plan.rateHz(), context.nanoTime().getAsLong());
    }

    void start() {
        attempts.start();
        watch.start();
    }

    private void defect(Problem problem) {
        context.listener().happened(new AgentEvent.RunnerDied(target, problem, 0));
    }

    private void run(Attempts life) throws InterruptedException {
        while (!life.closed()) {
            Problem problem = once();
            if (problem == null) {
                stayDown(life);
                return;
            }
            long now = context.nanoTime().getAsLong();
            RestartPolicy.Verdict verdict;
            synchronized (lock) {
                if (stopping) {
                    problem = null;
                }
            }
            if (problem == null) {
                stayDown(life);
                return;
            }
            synchronized (lock) {
                diedNanos = now;
                trouble = problem;
                verdict = policy.after(problem, decidingNanos == 0 ? 0 : now - decidingNanos);
                state = verdict instanceof RestartPolicy.Verdict.Again
                        ? RunnerStatus.State.WAITING
                        : RunnerStatus.State.DOWN;
            }
            switch (verdict) {
                case RestartPolicy.Verdict.Again(long pause) -> {
                    context.listener().happened(new AgentEvent.RunnerDied(target, problem, pause / 1_000_000));
                    life.pause(pause);
                    synchronized (lock) {
                        restarts++;
                    }
                }
                case RestartPolicy.Verdict.StayDown(String why) -> {
                    context.listener()
                            .happened(new AgentEvent.RunnerDown(
                                    target,
                                    Problem.environment("agent.down", "the runner stays down: " + problem.what())
                                            .at(target)
                                            .because(why + (problem.why() == null ? "" : " · " + problem.why()))
                                            .attempt(
                                                    problem.remedies().isEmpty()
                                                            ? "starting the agent again"
                                                            : problem.remedies().getFirst())));
                    stayDown(life);
                }
            }
        }
    }

    private void stayDown(Attempts life) throws InterruptedException {
        while (!life.closed()) {
            life.pause(Long.MAX_VALUE);
        }
    }

    /** One process from its start to its end; why it ended, or null where it was told to or its source has ended. */
    private @Nullable Problem once() throws InterruptedException {
        RunnerProcess started;
        synchronized (lock) {
            if (stopping) {
                return null;
            }
            state = RunnerStatus.State.STARTING;
            cycles = 0;
            missed = 0;
            decidingNanos = 0;
            hang = null;
            pulse = pulse();
        }
        try {
            started = RunnerProcess.start(plan, new Listener());
        } catch (ProblemException e) {
            return e.problem();
        }
        long count;
        synchronized (lock) {
            process = started;
            count = restarts;
            if (stopping) {
                started.stop();
            }
        }
        context.listener().happened(new AgentEvent.RunnerStarted(target, started.pid(), count));
        try {
            RunReport found = started.await();
            return ended(found);
        } catch (ProblemException e) {
            synchronized (lock) {
                return hang == null ? e.problem() : hang;
            }
        } finally {
            synchronized (lock) {
                process = null;
            }
            started.close();
        }
    }

    private @Nullable Problem ended(RunReport found) {
        boolean asked;
        synchronized (lock) {
            report = found;
            asked = stopping;
            if (!asked && found.state() == ExitState.COMPLETED) {
                state = RunnerStatus.State.ENDED;
            }
        }
        context.listener().happened(new AgentEvent.RunnerEnded(target, found.cycles(), found.missed()));
        if (asked || found.state() == ExitState.COMPLETED) {
            return null;
        }
        return found.hung()
                .orElseGet(() -> Problem.environment("run.died", "the runner ended without being told to by its agent")
                        .at(target)
                        .because("it says: " + found.state()));
    }

    /** Ends a process that no longer gets on. */
    private void watch(Attempts life) throws InterruptedException {
        while (!life.closed()) {
            life.pause(LOOK_NANOS);
            long now = context.nanoTime().getAsLong();
            synchronized (lock) {
                RunnerProcess running = process;
                if (running == null || hang != null) {
                    continue;
                }
                Pulse.Lost lost = pulse.lost(now);
                if (lost != null) {
                    hang = Problem.environment("agent.hung", "the runner's process doesn't get on, and was ended")
                            .at("process " + running.pid())
                            .because(lost + ", at cycle " + cycles)
                            .attempt("a model that takes less time, or a machine with more of it");
                    // it wouldn't listen to anything milder
                    ProcessHandle.of(running.pid()).ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        }
    }

    /** Hears of the process, on a thread of its own. */
    private final class Listener implements RunListener {
        @Override
        public void phase(String name) {
            synchronized (lock) {
                pulse.says(context.nanoTime().getAsLong());
            }
        }

        @Override
        public void progress(long cycle, long planned, long miss, double lastMicros) {
            long now = context.nanoTime().getAsLong();
            AgentEvent event = null;
            synchronized (lock) {
                pulse.serves(cycle, now);
                cycles = cycle;
                missed = miss;
                if (decidingNanos == 0 && cycle > miss) {
                    event = deciding(now, cycle, miss);
                }
            }
            if (event != null) {
                context.listener().happened(event);
            }
        }
    }

    /**
     * It has decided. The process tells a few times a second, so the first decision lies some periods back, where none was missed.
     */
    private AgentEvent deciding(long now, long cycle, long miss) {
        long back = miss == 0 ? Math.round((cycle - 1) * 1e9 / plan.rateHz()) : 0;
        decidingNanos = now - back;
        state = RunnerStatus.State.DECIDING;
        pulse.decides(now);
        Double millis = null;
        if (diedNanos >= 0) {
            millis = (decidingNanos - diedNanos) / 1e6;
            lastRestartMillis = millis;
            worstRestartMillis = worstRestartMillis == null ? millis : Math.max(worstRestartMillis, millis);
            diedNanos = -1;
        }
        return new AgentEvent.RunnerDeciding(target, process == null ? 0 : process.pid(), millis);
    }

    RunnerStatus status(@Nullable BridgeStatus bridge) {
        synchronized (lock) {
            return new RunnerStatus(
                    target,
                    state,
                    process == null ? 0 : process.pid(),
                    restarts,
                    lastRestartMillis,
                    worstRestartMillis,
                    cycles,
                    missed,
                    trouble == null ? null : trouble.toString(),
                    bridge);
        }
    }

    /** Of the last run that ended in order; null where none did yet. */
    @Nullable
    RunReport report() {
        synchronized (lock) {
            return report;
        }
    }

    /** The runner finishes its cycle and writes its report; this waits for it. */
    @Override
    public void close() {
        RunnerProcess running;
        synchronized (lock) {
            stopping = true;
            running = process;
        }
        watch.close();
        if (running != null) {
            // closing asks it to stop, waits, and ends it where it doesn't
            running.close();
        }
        attempts.close();
        synchronized (lock) {
            if (state != RunnerStatus.State.DOWN) {
                state = RunnerStatus.State.STOPPED;
            }
        }
    }
}
