package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Inputs for a model of which there are no samples: reals around zero, all bytes, and for wider integers 0 and 1, which every table has. */
public final class Noise {
    private Noise() {}

    /**
     * The same samples each time.
     *
     * @param without names of inputs that are fed otherwise
     * @param count how many
     * @param code of the problem where there is none
     * @throws dev.skerry.problem.ProblemException with this code where a size isn't known, or there is no noise of a type
     */
    public static List<Sample> of(Model model, Map<String, Long> dims, List<String> without, int count, String code) {
        Types types = ShapeInference.infer(model, dims);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        var samples = new ArrayList<Sample>();
        for (int i = 0; i < count; i++) {
            var inputs = new LinkedHashMap<String, Tensor>();
            for (ValueInfo input : model.graph().dataInputs()) {
                if (!without.contains(input.name())) {
                    inputs.put(input.name(), noise(input.name(), types, random, code));
                }
            }
            samples.add(new Sample("noise " + i, inputs, OptionalInt.empty(), false));
        }
        return samples;
    }

    private static Tensor noise(String name, Types types, RandomGenerator random, String code) {
        ValueType.OfTensor type = types.tensor(name)
                .filter(known -> Optional.ofNullable(known.shape())
                        .filter(shape -> shape.isStatic())
                        .isPresent())
                .orElseThrow(() -> Problem.usage(code, "the size of an input isn't known")
                        .at("input " + name)
                        .attempt("--dim NAME=SIZE, --samples FILE.npz, or a project")
                        .toException());
        long[] dims = Objects.requireNonNull(type.shape()).sizes();
        long elements = 1;
        for (long size : dims) {
            elements = Math.multiplyExact(elements, size);
        }
        DataType element = type.element();
        byte[] bytes = new byte[Math.toIntExact(element.bytes(elements))];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        switch (element) {
            case INT8, UINT8 -> random.nextBytes(bytes);
            case BOOL -> {
                for (int i = 0; i < bytes.length; i++) {
                    bytes[i] = (byte) random.nextInt(2);
                }
            }
            case FLOAT ->
                fill(
                        elements,
                        i -> memory.set(
                                little(ValueLayout.JAVA_FLOAT_UNALIGNED), i * 4, (float) random.nextGaussian()));
            case DOUBLE ->
                fill(
                        elements,
                        i -> memory.set(
                                ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                                i * 8,
                                random.nextGaussian()));
            case FLOAT16 ->
                fill(
                        elements,
                        i -> memory.set(
                                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                                i * 2,
                                Float.floatToFloat16((float) random.nextGaussian())));
            case INT16, UINT16 -> fill(elements, i -> bytes[(int) i * 2] = (byte) random.nextInt(2));
            case INT32, UINT32 -> fill(elements, i -> bytes[(int) i * 4] = (byte) random.nextInt(2));
            case INT64, UINT64 -> fill(elements, i -> bytes[(int) i * 8] = (byte) random.nextInt(2));
            default ->
                throw Problem.usage(code, "there is no noise of this type")
                        .at("input " + name)
                        .because("it is " + element.label())
                        .attempt("--samples FILE.npz, or a project, whose samples are measured with")
                        .toException();
        }
        return Tensor.of(name, element, dims, memory);
    }

    private interface Setter {
        void set(long index);
    }

    private static void fill(long elements, Setter setter) {
        for (long i = 0; i < elements; i++) {
            setter.set(i);
        }
    }

    private static ValueLayout.OfFloat little(ValueLayout.OfFloat layout) {
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }
}
