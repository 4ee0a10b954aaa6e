package dev.skerry.runner;

import dev.skerry.runtime.spi.Binding;
import java.util.List;

/** Recorded samples, decoded into memory before the run. */
record RecordedSupply(HeldSamples held, List<Binding> bindings, Feed feed) implements Supply {
    static RecordedSupply of(LoadedModel model) {
        HeldSamples held = model.samples();
        List<Binding> bindings = model.bind(held.shapes());
        return new RecordedSupply(held, bindings, new ReplayFeed(held, bindings));
    }

    @Override
    public Supply to(LoadedModel other) {
        List<Binding> others = other.bind(held.shapes());
        return new RecordedSupply(held, others, new ReplayFeed(held, others));
    }

    @Override
    public Feed rehearsal() {
        return feed;
    }

    @Override
    public RunReport.Samples samples() {
        return new RunReport.Samples(
                held.available(),
                held.samples().size(),
                held.bytes(),
                held.shapes().size());
    }

    @Override
    public void close() {
        // the memory belongs to the model
    }
}
