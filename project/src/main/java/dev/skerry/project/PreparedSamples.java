package dev.skerry.project;

import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.runtime.spi.Session;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Raw samples as the model itself takes them. Nothing is kept, so each pass makes them anew. */
final class PreparedSamples implements SampleSource {
    private final SampleSource raw;
    private final UnaryOperator<Sample> prepare;

    private PreparedSamples(SampleSource raw, UnaryOperator<Sample> prepare) {
        this.raw = raw;
        this.prepare = prepare;
    }

    /** After the pre steps. */
    static PreparedSamples by(Session steps, SampleSource raw) {
        return new PreparedSamples(raw, sample -> prepared(sample, steps));
    }

    /** With the inputs that always hold the same. */
    static PreparedSamples with(Map<String, Tensor> constants, SampleSource raw) {
        return new PreparedSamples(raw, sample -> {
            Map<String, Tensor> inputs = new LinkedHashMap<>(sample.inputs());
            inputs.putAll(constants);
            return sample.withInputs(inputs);
        });
    }

    @Override
    public long size() {
        return raw.size();
    }

    @Override
    public Iterator<Sample> iterator() {
        Iterator<Sample> samples = raw.iterator();
        return new Reading() {
            @Override
            public boolean hasNext() {
                return samples.hasNext();
            }

            @Override
            public Sample next() {
                return prepare.apply(samples.next());
            }

            @Override
            public void close() {
                SampleSource.leave(samples);
            }
        };
    }

    private static Sample prepared(Sample sample, Session steps) {
        Map<String, Tensor> inputs = new LinkedHashMap<>(sample.inputs());
        Map<String, Tensor> taken = new LinkedHashMap<>();
        steps.inputs().forEach(input -> {
            Tensor tensor = inputs.remove(input.name());
            if (tensor != null) {
                taken.put(input.name(), tensor);
            }
        });
        inputs.putAll(steps.infer(taken));
        return sample.withInputs(inputs);
    }
}
