package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a parent asks of a run while it goes on, a line each: {@code reset} leads out of the safe state after a self-test,
 * {@code swap FOLDER} puts the version of an unpacked bundle in charge. Both load the model anew on this thread, hold it to its
 * golden vectors and warm it; the loop takes it over between two releases. One after the other.
 */
final class Commands implements Runnable {
    static final String RESET = "reset";
    static final String SWAP = "swap ";
    private static final long TAKE_OVER_NANOS = 10_000_000_000L;
    private static final long PAUSE_NANOS = 1_000_000;

    private final Wire wire;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>(64);
    private volatile @Nullable Running running;

    /** What they are for, once it runs. */
    private record Running(List<Performer> performers, List<Lane> lanes, LongSupplier clock) {}

    Commands(Wire wire) {
        this.wire = wire;
    }

    /** Takes a line; by any thread. */
    void take(String line) {
        if (!lines.offer(line)) {
            wire.declined(Problem.usage("run.command", "too many commands wait").attempt("one at a time"));
        }
    }

    /**
     * From here on commands are done.
     *
     * @param clock of the run
     * @param first what their thread does before the first one
     */
    void begin(List<Performer> performers, List<Lane> lanes, LongSupplier clock, Runnable first) {
        running = new Running(performers, lanes, clock);
        Daemon.of("skerry-commands", () -> {
                    first.run();
                    run();
                })
                .start();
    }

    /** From now on nothing is done; what is being done is broken off, and waited for. */
    void end() {
        running = null;
        synchronized (this) {
            // whoever was at it has let go
        }
    }

    @Override
    public void run() {
        try {
            while (true) {
                perform(lines.take());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void perform(String line) {
        Running now = running;
        if (now == null) {
            return;
        }
        try {
            if (line.equals(RESET)) {
                reset(now);
            } else if (line.startsWith(SWAP)) {
                swap(now, Path.of(line.substring(SWAP.length())));
            } else {
                throw Problem.usage("run.command", "unknown command '" + line + "'")
                        .attempt(RESET)
                        .attempt(SWAP + "FOLDER")
                        .toException();
            }
        } catch (ProblemException e) {
            wire.declined(e.problem());
        } catch (RuntimeException | Error e) {
            wire.declined(Problem.environment("run.command", "the command failed")
                    .at(line)
                    .because(e.toString()));
        }
    }

    /** Every model that is held safe gets a fresh session that has passed its self-test, and then its freedom. */
    private void reset(Running now) {
        boolean any = false;
        for (int i = 0; i < now.lanes.size(); i++) {
            Lane lane = now.lanes.get(i);
            if (lane.response().level() == Level.SAFE) {
                any = true;
                Performer performer = now.performers.get(i);
                long since = replace(performer, performer.cast().model().bundle());
                lane.response().reset(since, now.clock.getAsLong(), true);
                wire.reset(performer.name(), since);
            }
        }
        if (!any) {
            throw Problem.usage("run.reset", "no model is in the safe state, so there is nothing to reset")
                    .toException();
        }
    }

    private void swap(Running now, Path bundle) {
        Performer performer = named(now, bundle);
        long since = replace(performer, bundle);
        wire.swapped(performer.name(), performer.work().current().edition().version(), since);
    }

    private static Performer named(Running now, Path bundle) {
        String name = LoadedModel.manifest(bundle).name();
        List<String> names = now.performers.stream().map(Performer::name).toList();
        int at = names.indexOf(name);
        if (at < 0) {
            throw Problem.usage("run.swap", "no model of this run has the name of that bundle")
                    .at(bundle.toString())
                    .because("it is " + name + ", the run has " + String.join(", ", names))
                    .attempt("a version of one of them")
                    .toException();
        }
        return now.performers.get(at);
    }

    /** Returns the first release of what has come in the place of the version before. */
    private long replace(Performer performer, Path bundle) {
        Cast before = performer.cast();
        Cast next = performer.understudy(bundle);
        performer.put(next);
        long waited = 0;
        while (!performer.settled()) {
            boolean over = running == null;
            if ((over || waited > TAKE_OVER_NANOS) && performer.takeBack(before)) {
                next.close();
                if (over) {
                    throw Problem.usage("run.swap", "the run has ended, so nothing takes over")
                            .toException();
                }
                throw Problem.environment("run.swap", "the run doesn't come to its next release, so nothing takes over")
                        .because("an inference hangs")
                        .attempt("starting the run anew")
                        .toException();
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            waited += PAUSE_NANOS;
        }
        before.retire();
        return performer.work().since();
    }
}
