package dev.skerry.project;

import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.runtime.spi.Session;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Raw samples after the pre steps: what the model itself takes. Nothing is kept, so each pass runs the steps again. */
final class PreparedSamples implements SampleSource {
    private final SampleSource raw;
    private final Session steps;

    PreparedSamples(SampleSource raw, Session steps) {
        this.raw = raw;
        this.steps = steps;
    }

    @Override
    public long size() {
        return raw.size();
    }

    @Override
    public Iterator<Sample> iterator() {
        Iterator<Sample> samples = raw.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return samples.hasNext();
            }

            @Override
            public Sample next() {
                return prepared(samples.next());
            }
        };
    }

    private Sample prepared(Sample sample) {
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
