package dev.skerry.runner;

import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a live source counted, and what it said is wrong. */
final class SourceRemarks {
    private static final int MOST = 20;

    private final SampleRing ring;
    private final Set<String> said = new LinkedHashSet<>();
    private volatile @Nullable Problem refusal;

    SourceRemarks(SampleRing ring) {
        this.ring = ring;
    }

    /** Where a source of this process puts its samples. */
    SampleSink sink() {
        return new Listening(ring.writer());
    }

    private synchronized void add(Problem problem) {
        if (said.size() < MOST) {
            said.add(problem.toString());
        }
    }

    /** What is wrong, the first thing first. */
    synchronized List<String> said() {
        var all = new ArrayList<>(said);
        String last = ring.trouble();
        // of a ring that another process writes only the last one is known
        if (all.isEmpty() && last != null) {
            all.add(last);
        }
        return all;
    }

    /** What is wrong with how the source is declared, of a source of this process that hasn't given a sample yet: waiting doesn't mend it. */
    Optional<Problem> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** All of it, with what the loop and its feed made of the samples. */
    RunReport.Sensor report(LoopRecord loop, long skipped) {
        return new RunReport.Sensor(
                ring.published(),
                skipped,
                loop.repeated,
                ring.count(SampleRing.Counter.GAPS),
                loop.stale,
                loop.stuck,
                ring.count(SampleRing.Counter.OUT_OF_RANGE),
                ring.count(SampleRing.Counter.RECONNECTS),
                said());
    }

    /** Passes everything on, and keeps the words. */
    private final class Listening implements SampleSink {
        private final SampleSink sink;

        Listening(SampleSink sink) {
            this.sink = sink;
        }

        @Override
        public SampleLayout layout() {
            return sink.layout();
        }

        @Override
        public MemorySegment input(int index) {
            return sink.input(index);
        }

        @Override
        public void publish(long capturedNanos, int marks) {
            sink.publish(capturedNanos, marks);
        }

        @Override
        public void trouble(Problem problem) {
            add(problem);
            if (problem.kind() == Problem.Kind.USAGE && ring.published() == 0) {
                refusal = problem;
            }
            sink.trouble(problem);
        }

        @Override
        public void remark(Problem problem) {
            add(problem);
            sink.remark(problem);
        }

        @Override
        public void recovered() {
            sink.recovered();
        }

        @Override
        public void ended() {
            sink.ended();
        }
    }
}
