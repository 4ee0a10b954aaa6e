package dev.skerry.agent;

import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;

/** A sink whose troubles are told to a log as well. */
final class ToldSink implements SampleSink {
    private final SampleSink sink;
    private final String source;
    private final AgentEvent.Listener listener;

    ToldSink(SampleSink sink, String source, AgentEvent.Listener listener) {
        this.sink = sink;
        this.source = source;
        this.listener = listener;
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
        sink.trouble(problem);
        listener.happened(new AgentEvent.SourceTrouble(source, problem));
    }

    @Override
    public void recovered() {
        sink.recovered();
        listener.happened(new AgentEvent.SourceBack(source));
    }

    @Override
    public void ended() {
        sink.ended();
    }
}
