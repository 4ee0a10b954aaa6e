package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.skerry.model.onnx.AttributeProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.model.onnx.TypeProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Forms of content that the real models at hand don't have, and what must survive a round trip unread. */
class OnnxContentTest {
    private static Tensor decode(TensorProto proto) {
        return new ValueReader("test").tensor(MemorySegment.ofArray(proto.toByteArray()));
    }

    private static ByteString varints(long... values) {
        var bytes = new ByteArrayOutputStream();
        for (long value : values) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                bytes.write((int) (rest & 0x7f | 0x80));
                rest >>>= 7;
            }
            bytes.write((int) rest);
        }
        return ByteString.copyFrom(bytes.toByteArray());
    }

    private static TensorProto.Builder tensor(DataType type, long... dims) {
        TensorProto.Builder proto = TensorProto.newBuilder().setName("t").setDataType(type.code());
        for (long dim : dims) {
            proto.addDims(dim);
        }
        return proto;
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeIsReadFromItsTypedField(DataType type) {
        TensorProto.Builder proto = tensor(type, 3);
        var floats = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case STRING ->
                proto.addStringData(ByteString.copyFromUtf8("ä"))
                        .addStringData(ByteString.EMPTY)
                        .addStringData(ByteString.copyFromUtf8("c"));
            case FLOAT ->
                proto.addFloatData(ByteString.copyFrom(
                        floats.putFloat(1).putFloat(2).putFloat(3).flip()));
            case COMPLEX64 -> proto.addFloatData(ByteString.copyFrom(floats.array(), 0, 24));
            case DOUBLE ->
                proto.addDoubleData(ByteString.copyFrom(
                        floats.putDouble(1).putDouble(2).putDouble(3).flip()));
            case COMPLEX128 -> proto.addDoubleData(ByteString.copyFrom(floats.array()));
            case INT64 -> proto.addInt64Data(varints(1, -2, 3));
            case UINT32, UINT64 -> proto.addUint64Data(varints(1, 2, 0xffffffffL));
            case INT32, INT16, INT8 -> proto.addInt32Data(varints(1, -2, 3));
            case UINT4, INT4, FLOAT4E2M1 -> proto.addInt32Data(varints(0x21, 0x03));
            case UINT2, INT2 -> proto.addInt32Data(varints(0b110110));
            default -> proto.addInt32Data(varints(1, 0, 1));
        }
        Tensor tensor = decode(proto.build());
        assertThat(tensor.type()).isEqualTo(type);
        switch (type) {
            case STRING -> assertThat(tensor.strings()).containsExactly("ä", "", "c");
            case FLOAT, DOUBLE, UINT4 -> assertThat(values(tensor)).containsExactly(1, 2, 3);
            case INT64, INT32, INT16, INT8 -> assertThat(values(tensor)).containsExactly(1, -2, 3);
            case INT4 -> assertThat(values(tensor)).containsExactly(1, 2, 3);
            case UINT32, UINT64 -> assertThat(values(tensor)).containsExactly(1, 2, 0xffffffffL);
            case UINT2 -> assertThat(values(tensor)).containsExactly(2, 1, 3);
            case INT2 -> assertThat(values(tensor)).containsExactly(-2, 1, -1);
            case BOOL, UINT8, UINT16 -> assertThat(values(tensor)).containsExactly(1, 0, 1);
            default -> assertThat(tensor.byteSize()).isEqualTo(type.bytes(3));
        }
        Graph graph = Graph.of("g", List.of(), List.of(tensor), List.of(), List.of());
        Model written = ModelFile.parse(ModelFile.bytes(Model.of(graph, 20)));
        assertThat(written.graph().initializers()).containsEntry("t", tensor);
    }

    private static double[] values(Tensor tensor) {
        return new double[] {tensor.valueAt(0), tensor.valueAt(1), tensor.valueAt(2)};
    }

    @Test
    void numbersWrittenOneByOneAreRead() throws InvalidProtocolBufferException {
        var floats = UnknownFieldSet.newBuilder()
                .addField(
                        TensorProto.FLOAT_DATA_FIELD_NUMBER,
                        UnknownFieldSet.Field.newBuilder()
                                .addFixed32(Float.floatToIntBits(1.5f))
                                .addFixed32(Float.floatToIntBits(-2f))
                                .build())
                .build();
        TensorProto proto = TensorProto.parseFrom(
                tensor(DataType.FLOAT, 2).setUnknownFields(floats).build().toByteArray());
        Tensor tensor = decode(proto);
        assertThat(tensor.toFloats()).containsExactly(1.5f, -2f);
        assertThat(tensor.extras().isEmpty()).isTrue();

        var longs = UnknownFieldSet.newBuilder()
                .addField(
                        TensorProto.INT64_DATA_FIELD_NUMBER,
                        UnknownFieldSet.Field.newBuilder()
                                .addVarint(7)
                                .addVarint(-1)
                                .build())
                .build();
        proto = TensorProto.parseFrom(
                tensor(DataType.INT64, 2).setUnknownFields(longs).build().toByteArray());
        assertThat(decode(proto).toLongs()).containsExactly(7, -1);
    }

    private static UnknownFieldSet future(String text) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        999,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8(text))
                                .build())
                .build();
    }

    /** Fields from the future in every message, and what the records don't hold: written again they are the same message. */
    @Test
    void whatIsNotInterpretedSurvivesWordForWord() throws IOException {
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(13)
                .setProducerName("future")
                .setProducerVersion("2")
                .setDomain("org.example")
                .setModelVersion(4)
                .setDocString("doc")
                .setUnknownFields(future("model"));
        model.addOpsetImportBuilder().setDomain("").setVersion(30).setUnknownFields(future("opset"));
        model.addOpsetImportBuilder().setDomain("com.example").setVersion(2);
        model.addMetadataPropsBuilder().setKey("k").setValue("v").setUnknownFields(future("entry"));
        var graph = model.getGraphBuilder().setName("g").setDocString("d").setUnknownFields(future("graph"));
        graph.addMetadataPropsBuilder().setKey("gk").setValue("gv");
        TypeProto.Builder type = TypeProto.newBuilder().setDenotation("IMAGE");
        type.getTensorTypeBuilder()
                .setElemType(1)
                .getShapeBuilder()
                .addDimBuilder()
                .setDimParam("N")
                .setDenotation("DATA_BATCH");
        type.getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimValue(-1);
        graph.addInputBuilder().setName("x").setType(type).setDocString("in").setUnknownFields(future("value"));
        graph.addInputBuilder()
                .setName("later")
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(77)));
        graph.addInputBuilder().setName("opaque").setType(TypeProto.newBuilder().setUnknownFields(future("opaque")));
        graph.addOutputBuilder().setName("y");
        var node = graph.addNodeBuilder()
                .setName("n")
                .setOpType("Later")
                .setDomain("com.example")
                .setOverload("o")
                .setDocString("nd")
                .addInput("x")
                .addInput("")
                .addOutput("y")
                .setUnknownFields(future("node"));
        node.addMetadataPropsBuilder().setKey("nk").setValue("nv");
        node.addAttributeBuilder()
                .setName("i")
                .setType(2)
                .setI(3)
                .setDocString("ad")
                .setUnknownFields(future("attribute"));
        node.addAttributeBuilder().setName("latin").setType(3).setS(ByteString.copyFrom(new byte[] {-28, 1}));
        node.addAttributeBuilder()
                .setName("latins")
                .setType(8)
                .addStrings(ByteString.copyFrom(new byte[] {-28}))
                .addStrings(ByteString.copyFromUtf8("ä"));
        node.addAttributeBuilder().setName("type").setType(13).setTp(type);
        node.addAttributeBuilder().setName("types").setType(14).addTypeProtos(type);
        node.addAttributeBuilder().setName("new kind").setType(40).setUnknownFields(future("kind"));
        node.addAttributeBuilder().setName("floats").setType(6).addFloats(0.5f);
        node.addAttributeBuilder()
                .setName("strings")
                .setType(4)
                .setT(tensor(DataType.STRING, 1).addStringData(ByteString.copyFrom(new byte[] {-1})));
        var sparse = graph.addSparseInitializerBuilder().addDims(4).setUnknownFields(future("sparse"));
        sparse.setValues(tensor(DataType.FLOAT, 1).setName("s").setRawData(ByteString.copyFrom(new byte[4])));
        sparse.setIndices(tensor(DataType.INT64, 1).clearName().setRawData(ByteString.copyFrom(new byte[8])));
        var weight = tensor(DataType.BFLOAT16, 1)
                .setName("w")
                .setRawData(ByteString.copyFrom(new byte[2]))
                .setDocString("wd")
                .setUnknownFields(future("tensor"));
        weight.addMetadataPropsBuilder().setKey("wk").setValue("wv");
        graph.addInitializer(weight);
        var function = model.addFunctionsBuilder()
                .setName("Later")
                .setDomain("com.example")
                .setOverload("o")
                .setDocString("fd")
                .addInput("a")
                .addOutput("b")
                .addAttribute("p")
                .setUnknownFields(future("function"));
        function.addOpsetImportBuilder().setDomain("").setVersion(30);
        function.addAttributeProtoBuilder().setName("q").setType(2).setI(1).setDocString("default");
        function.addValueInfoBuilder().setName("b");
        function.addMetadataPropsBuilder().setKey("fk").setValue("fv");
        function.addNodeBuilder()
                .setOpType("Relu")
                .addInput("a")
                .addOutput("b")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("r")
                        .setRefAttrName("p")
                        .setType(1));

        ModelProto before = model.build();
        Model read = ModelFile.parse(before.toByteArray());
        ModelProto after = ModelProto.parseFrom(ModelFile.bytes(read));
        assertThat(after).isEqualTo(before);
        assertThat(read.graph().inputs().getFirst().type())
                .isEqualTo(new ValueType.OfTensor(DataType.FLOAT, new Shape(List.of(Dim.of("N"), new Dim.Unknown()))));
    }

    @Test
    void whatWasChangedIsNotWrittenAsItWas() {
        TypeProto.Builder type = TypeProto.newBuilder().setDenotation("IMAGE");
        type.getTensorTypeBuilder().setElemType(1);
        ModelProto.Builder proto = ModelProto.newBuilder().setIrVersion(2);
        proto.getGraphBuilder().addInputBuilder().setName("x").setType(type);
        Model read = ModelFile.parse(proto.build().toByteArray());
        var changed = new ValueType.OfTensor(DataType.INT8, Shape.of(3));
        ValueInfo input = read.graph().inputs().getFirst().withType(changed);
        Model written =
                ModelFile.parse(ModelFile.bytes(read.withGraph(read.graph().withInputs(List.of(input)))));
        assertThat(written.graph().inputs().getFirst().type()).isEqualTo(changed);
    }

    /** IR version 1 had no discriminator; the field that is there tells the kind. */
    @Test
    void attributesWithoutAKindAreRead() {
        ModelProto.Builder proto = ModelProto.newBuilder().setIrVersion(1);
        var node = proto.getGraphBuilder().addNodeBuilder().setOpType("Old").addOutput("y");
        node.addAttributeBuilder().setName("i").setI(3);
        node.addAttributeBuilder().setName("f").setF(0.5f);
        node.addAttributeBuilder().setName("s").setS(ByteString.copyFromUtf8("x"));
        node.addAttributeBuilder().setName("ints").addInts(1).addInts(2);
        Node read = ModelFile.parse(proto.build().toByteArray()).graph().nodes().getFirst();
        assertThat(read.intAttribute("i", 0)).isEqualTo(3);
        assertThat(read.floatAttribute("f", 0)).isEqualTo(0.5f);
        assertThat(read.stringAttribute("s", "")).isEqualTo("x");
        assertThat(read.intsAttribute("ints")).hasValue(new long[] {1, 2});
    }
}
