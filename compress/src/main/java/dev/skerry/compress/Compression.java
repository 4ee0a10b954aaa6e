package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.runtime.ProcessMemory;

/** Makes a model smaller and faster, and proves on samples that it still decides alike. */
public final class Compression {
    private Compression() {}

    /**
     * Tries INT8 variants, measures all of them, and chooses by one rule: of those that pass the gate, the fastest; of those
     * within 5 % of its time the smallest; of those within 5 % of its bytes the one that is truest to the float model on the
     * calibration samples. What isn't faster than float is chosen only where the goal is size, and then bytes come first. The
     * evaluation samples decide what passes, and have no other part in the choice.
     *
     * @throws dev.skerry.problem.ProblemException where the float model or the samples can't be used, or the thread was
     *     interrupted ({@code compress.cancelled}); what goes wrong with a variant is in the report
     */
    public static CompressionReport run(CompressionRequest request, Progress progress) {
        return run(request, progress, SearchJournal.NONE);
    }

    /** The same, going on with what an interrupted run of the same request left in {@code journal}. */
    public static CompressionReport run(CompressionRequest request, Progress progress, SearchJournal journal) {
        var clock = new PhaseClock(progress, request.nanoTime());
        CompressionReport report = new CompressionRun(request, clock, journal).run();
        return report.with(journal.problems(), clock.effort(ProcessMemory.peakBytes()));
    }
}
