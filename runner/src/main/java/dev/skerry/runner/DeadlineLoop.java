package dev.skerry.runner;

import java.util.List;

/**
 * The loop: waits for a release, lets each model take its {@link Turn}, the most important one first, and waits for the next release.
 * Releases that went by while an earlier one ran are skipped, and are misses.
 *
 * <p>For one thread.
 */
final class DeadlineLoop {
    /** Cycles after which the code is taken to be warm, and allocation is watched. */
    private static final long SETTLING_CYCLES = 100;

    private final long cycles;
    private final List<Lane> lanes;
    private final Turn[] turns;
    private final Schedule schedule;
    private final Pacer pacer;
    private final CycleEvidence evidence;
    private final StopSignal stop;
    private final Grip grip;

    private long next;
    /** A source has said that nothing will come any more. */
    private boolean ended;

    /**
     * Not started yet.
     *
     * @param cycles how many releases to serve; 0 until {@code stop} is requested
     * @param lanes the models, the most important one first; their releases are the same
     * @param grip what this thread is held by while it infers
     */
    DeadlineLoop(long cycles, List<Lane> lanes, Pacer pacer, Evidence evidence, StopSignal stop, Grip grip) {
        var since = new CycleEvidence(evidence, pacer);
        this.cycles = cycles;
        this.lanes = List.copyOf(lanes);
        this.turns = new Turn[lanes.size()];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = new Turn(lanes.get(i), i > 0, pacer, since, grip);
        }
        this.schedule = lanes.getFirst().schedule();
        this.pacer = pacer;
        this.evidence = since;
        this.stop = stop;
        this.grip = grip;
    }

    /** Serves all releases, or those until it is asked to stop; afterwards nobody can answer one any more. */
    void run() {
        serveUntil(cycles == 0 ? Long.MAX_VALUE : cycles);
        if (!grip.isLetGo()) {
            lanes.forEach(lane -> lane.claims().close());
        }
    }

    /** Serves the releases up to this one, exclusive, from where it stood. */
    void serveUntil(long end) {
        if (next == 0) {
            evidence.sample();
            evidence.remember();
        }
        for (; !stop.requested() && !ended && next < end; next++) {
            long cycle = next;
            boolean free = pacer.nanoTime() < schedule.release(cycle);
            if (!await(schedule.release(cycle))) {
                break;
            }
            for (Turn turn : turns) {
                switch (turn.take(cycle, free)) {
                    case DONE -> {}
                    case ENDED -> ended = true;
                    case GIVEN_UP -> {
                        return;
                    }
                }
            }
            if (cycle >= SETTLING_CYCLES) {
                lanes.getFirst().record().allocated(evidence.allocatedBytes());
            }
            evidence.remember();
        }
    }

    /** False where the run is to stop instead. */
    private boolean await(long instant) {
        while (pacer.nanoTime() < instant) {
            if (stop.requested()) {
                return false;
            }
            pacer.pause(instant);
        }
        return true;
    }
}
