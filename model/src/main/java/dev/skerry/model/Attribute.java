package dev.skerry.model;

import java.util.List;

/** The value of a node's attribute, one record for each kind of {@code AttributeProto}. */
public sealed interface Attribute {
    record IntValue(long value) implements Attribute {}

    record FloatValue(float value) implements Attribute {}

    record StringValue(String value) implements Attribute {}

    /** A string attribute whose bytes are not UTF-8; kept as they are. */
    record BytesValue(List<Byte> value) implements Attribute {}

    record TensorValue(Tensor value) implements Attribute {}

    record SparseTensorValue(SparseTensor value) implements Attribute {}

    record GraphValue(Graph value) implements Attribute {}

    record TypeValue(ValueType value) implements Attribute {}

    record Ints(List<Long> values) implements Attribute {
        public Ints {
            values = List.copyOf(values);
        }

        public long[] toArray() {
            return values.stream().mapToLong(Long::longValue).toArray();
        }
    }

    record Floats(List<Float> values) implements Attribute {
        public Floats {
            values = List.copyOf(values);
        }
    }

    record Strings(List<String> values) implements Attribute {
        public Strings {
            values = List.copyOf(values);
        }
    }

    /** Strings of which one at least is not UTF-8; kept as they are. */
    record ByteStrings(List<List<Byte>> values) implements Attribute {
        public ByteStrings {
            values = values.stream().map(List::copyOf).toList();
        }
    }

    record Tensors(List<Tensor> values) implements Attribute {
        public Tensors {
            values = List.copyOf(values);
        }
    }

    record SparseTensors(List<SparseTensor> values) implements Attribute {
        public SparseTensors {
            values = List.copyOf(values);
        }
    }

    record Graphs(List<Graph> values) implements Attribute {
        public Graphs {
            values = List.copyOf(values);
        }
    }

    record Types(List<ValueType> values) implements Attribute {
        public Types {
            values = List.copyOf(values);
        }
    }

    /** In the body of a function: the attribute {@code parameter} of the calling node; {@code kind} is the code of its type. */
    record Reference(String parameter, int kind) implements Attribute {}

    /** An attribute of a kind that this version doesn't know, kept as it was read. */
    record Foreign(int kind, Extras content) implements Attribute {}

    static Attribute of(long value) {
        return new IntValue(value);
    }

    static Attribute of(float value) {
        return new FloatValue(value);
    }

    static Attribute of(String value) {
        return new StringValue(value);
    }

    static Attribute of(Tensor value) {
        return new TensorValue(value);
    }

    static Attribute of(Graph value) {
        return new GraphValue(value);
    }

    static Attribute ofInts(long... values) {
        return new Ints(java.util.Arrays.stream(values).boxed().toList());
    }
}
