package dev.skerry.runner;

import java.util.List;

/**
 * Answers every release that nobody has answered shortly before its deadline, while the loop may hang in an inference. Runs on a
 * thread of its own, above the loop's priority, and sleeps nearly always. It never runs a model.
 */
final class Watchdog implements Runnable {
    private final long cycles;
    private final List<Lane> lanes;
    private final Pacer pacer;
    private final Grip grip;

    /**
     * Guards all releases of a run; models without a fallback are left alone.
     *
     * @param cycles how many releases there are; 0 for no end
     * @param grip of the loop's thread
     */
    Watchdog(long cycles, List<Lane> lanes, Pacer pacer, Grip grip) {
        this.cycles = cycles;
        this.lanes = lanes.stream().filter(lane -> lane.response().answers()).toList();
        this.pacer = pacer;
        this.grip = grip;
    }

    @Override
    public void run() {
        while (!ended()) {
            step();
        }
    }

    private boolean ended() {
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            if (!lane.claims().closed() && (cycles == 0 || open(lane) < cycles)) {
                return false;
            }
        }
        return true;
    }

    /** The first release that lacks an answer or a verdict. */
    private static long open(Lane lane) {
        return Math.min(lane.claims().next(), lane.response().nextVerdict());
    }

    /** Waits once for the next open release, and closes those whose time has come. */
    void step() {
        long soonest = Long.MAX_VALUE;
        boolean closedOne = false;
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            long cycle = open(lane);
            if (lane.claims().closed() || cycles > 0 && cycle >= cycles) {
                continue;
            }
            long due = lane.schedule().fallbackAt(cycle);
            if (pacer.nanoTime() >= due) {
                close(lane, cycle);
                closedOne = true;
            } else {
                soonest = Math.min(soonest, due);
            }
        }
        if (!closedOne && soonest < Long.MAX_VALUE) {
            pacer.pause(soonest);
        }
    }

    private void close(Lane lane, long cycle) {
        if (lane.response().judge(cycle)) {
            boolean hangs = grip.inside() && lane.record().begun < cycle;
            lane.response().missed(hangs ? Reason.HUNG : Reason.LATE);
        }
        if (lane.claims().claim(cycle)) {
            lane.standIn(cycle, pacer.nanoTime());
            long end = pacer.nanoTime();
            lane.record().guarded.record(end - lane.schedule().release(cycle));
            if (end > lane.schedule().deadline(cycle)) {
                lane.record().guardedLate++;
            }
        }
    }
}
