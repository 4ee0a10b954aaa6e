package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Samples in memory: rows of a recorded archive, or random ones. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
record Samples(List<Sample> all) implements SampleSource {
    Samples {
        all = List.copyOf(all);
    }

    @Override
    public long size() {
        return all.size();
    }

    @Override
    public Iterator<Sample> iterator() {
        return all.iterator();
    }

    static Model model(String file) {
        return ModelFile.read(SharedData.at("models/" + file));
    }

    /** The first rows of {@code models/FOLDER/SET.npz}, each as a batch of one. */
    static Samples recorded(String folder, String set, Model model, int most) {
        return recorded(SharedData.at("models/" + folder), set, model, most);
    }

    /** The first rows of {@code SET.npz} in a folder, each as a batch of one. */
    static Samples recorded(Path folder, String set, Model model, int most) {
        Map<String, Tensor> arrays = TensorFile.readNpz(folder.resolve(set + ".npz"));
        Tensor labels = arrays.get("labels");
        List<Sample> samples = new ArrayList<>();
        for (ValueInfo input : model.graph().dataInputs()) {
            Tensor all = arrays.get(input.name());
            ValueType.OfTensor type = (ValueType.OfTensor) input.type();
            int rows = (int) Math.min(most, all.dims()[0]);
            for (int row = 0; row < rows; row++) {
                Tensor one = row(all, row, type);
                samples.add(new Sample(
                        set + "#" + row,
                        Map.of(input.name(), one),
                        labels == null ? OptionalInt.empty() : OptionalInt.of((int) labels.longAt(row)),
                        false));
            }
        }
        return new Samples(samples);
    }

    private static Tensor row(Tensor all, int row, ValueType.OfTensor type) {
        long[] dims = all.dims();
        dims[0] = 1;
        int count = (int) (all.elements() / all.dims()[0]);
        if (type.element() == DataType.INT32) {
            int[] values = new int[count];
            for (int i = 0; i < count; i++) {
                values[i] = (int) all.longAt((long) row * count + i);
            }
            return Tensor.ofInts(all.name(), dims, values);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) all.valueAt((long) row * count + i);
        }
        // an archive may hold [row, 1, …] for an input that has its batch of one already
        long[] shape = type.shape().rank() == dims.length ? dims : java.util.Arrays.copyOfRange(dims, 1, dims.length);
        return Tensor.ofFloats(all.name(), shape, values);
    }

    /** Normally distributed inputs, the same for the same seed; labels are left out. */
    static Samples random(Model model, int count, long seed) {
        RandomGenerator random = random(seed);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            var inputs = new HashMap<String, Tensor>();
            for (ValueInfo input : model.graph().dataInputs()) {
                ValueType.OfTensor type = (ValueType.OfTensor) input.type();
                long[] dims = type.shape().pin(Map.of("N", 1L)).sizes();
                inputs.put(input.name(), gaussian(input.name(), random, dims));
            }
            samples.add(new Sample("random " + i, inputs, OptionalInt.empty(), false));
        }
        return new Samples(samples);
    }

    static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    static Tensor gaussian(String name, RandomGenerator random, long... dims) {
        int count = 1;
        for (long dim : dims) {
            count *= (int) dim;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(name, dims, values);
    }
}
