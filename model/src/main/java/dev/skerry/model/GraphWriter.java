package dev.skerry.model;

import com.google.protobuf.ByteString;
import dev.skerry.model.onnx.FunctionProto;
import dev.skerry.model.onnx.GraphProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.NodeProto;
import dev.skerry.model.onnx.OperatorSetIdProto;
import dev.skerry.model.onnx.SparseTensorProto;
import dev.skerry.model.onnx.StringStringEntryProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.model.onnx.ValueInfoProto;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the records of this package to the messages of an ONNX file. What is empty isn't written; the order is that of the records. */
final class GraphWriter {
    /** Decides where the content of a tensor goes. */
    interface Placement {
        /** Location, offset and length of the content in another file; null where it goes into the model's own. */
        @Nullable
        Map<String, String> externalEntries(Tensor tensor);
    }

    private static final int EXTERNAL = 1;

    private final Placement placement;
    private final List<MemorySegment> pieces = new ArrayList<>();

    GraphWriter(Placement placement) {
        this.placement = placement;
    }

    /** The model as the pieces of memory that make its file. */
    Skeleton.Rope file(Model model) {
        ByteString bytes = model(model).toByteString();
        try {
            return new Skeleton(bytes, pieces).whole(TensorPlaces.MODEL);
        } catch (IOException impossible) {
            throw new IllegalStateException("what was just written can be read", impossible);
        }
    }

    private ModelProto model(Model model) {
        ModelProto.Builder proto = ModelProto.newBuilder()
                .setUnknownFields(model.extras().fields())
                .setGraph(graph(model.graph()))
                .addAllOpsetImport(opsets(model.opsets(), model.extras()))
                .addAllMetadataProps(metadata(model.metadata(), model.extras()));
        if (model.irVersion() != 0) {
            proto.setIrVersion(model.irVersion());
        }
        if (model.version() != 0) {
            proto.setModelVersion(model.version());
        }
        text(model.producer(), proto::setProducerName);
        text(model.producerVersion(), proto::setProducerVersion);
        text(model.domain(), proto::setDomain);
        text(model.doc(), proto::setDocString);
        model.functions().forEach(function -> proto.addFunctions(function(function)));
        return proto.build();
    }

    GraphProto graph(Graph graph) {
        GraphProto.Builder proto = GraphProto.newBuilder()
                .setUnknownFields(graph.extras().fields())
                .addAllMetadataProps(metadata(graph.metadata(), graph.extras()));
        text(graph.name(), proto::setName);
        text(graph.doc(), proto::setDocString);
        graph.nodes().forEach(node -> proto.addNode(node(node)));
        // the key is the name, also where a pass put the tensor of another name there
        graph.initializers().forEach((name, tensor) -> proto.addInitializer(tensor(tensor, name)));
        graph.sparseInitializers().forEach(tensor -> proto.addSparseInitializer(sparse(tensor)));
        graph.inputs().forEach(value -> proto.addInput(value(value)));
        graph.outputs().forEach(value -> proto.addOutput(value(value)));
        graph.values().forEach(value -> proto.addValueInfo(value(value)));
        return proto.build();
    }

    private NodeProto node(Node node) {
        NodeProto.Builder proto = NodeProto.newBuilder()
                .setUnknownFields(node.extras().fields())
                .setOpType(node.op())
                .addAllInput(node.inputs())
                .addAllOutput(node.outputs())
                .addAllMetadataProps(metadata(node.metadata(), node.extras()));
        text(node.name(), proto::setName);
        text(node.domain(), proto::setDomain);
        text(node.overload(), proto::setOverload);
        text(node.doc(), proto::setDocString);
        node.attributes()
                .forEach((name, value) -> proto.addAttribute(AttributeCodec.encode(name, value, this, node.extras())));
        return proto.build();
    }

    private FunctionProto function(Function function) {
        FunctionProto.Builder proto = FunctionProto.newBuilder()
                .setUnknownFields(function.extras().fields())
                .setName(function.name())
                .addAllInput(function.inputs())
                .addAllOutput(function.outputs())
                .addAllAttribute(function.attributes())
                .addAllOpsetImport(opsets(function.opsets(), function.extras()))
                .addAllMetadataProps(metadata(function.metadata(), function.extras()));
        text(function.domain(), proto::setDomain);
        text(function.overload(), proto::setOverload);
        text(function.doc(), proto::setDocString);
        function.attributeDefaults()
                .forEach((name, value) ->
                        proto.addAttributeProto(AttributeCodec.encode(name, value, this, function.extras())));
        function.nodes().forEach(node -> proto.addNode(node(node)));
        function.values().forEach(value -> proto.addValueInfo(value(value)));
        return proto.build();
    }

    TensorProto tensor(Tensor tensor) {
        return tensor(tensor, tensor.name());
    }

    private TensorProto tensor(Tensor tensor, String name) {
        TensorProto.Builder proto = TensorProto.newBuilder()
                .setUnknownFields(tensor.extras().fields())
                .setDataType(tensor.type().code())
                .addAllMetadataProps(metadata(tensor.metadata(), tensor.extras()));
        for (long dim : tensor.dims()) {
            proto.addDims(dim);
        }
        text(name, proto::setName);
        text(tensor.doc(), proto::setDocString);
        Map<String, String> entries = placement.externalEntries(tensor);
        if (tensor.type() == DataType.STRING) {
            proto.addAllStringData(strings(tensor));
        } else if (entries != null) {
            proto.setDataLocation(EXTERNAL).addAllExternalData(metadata(entries, Extras.NONE));
        } else {
            proto.setRawData(Skeleton.placeholder(pieces.size()));
            pieces.add(tensor.data());
        }
        return proto.build();
    }

    private static List<ByteString> strings(Tensor tensor) {
        List<ByteString> kept = tensor.extras()
                .part("strings", TensorProto.getDefaultInstance())
                .getStringDataList();
        boolean same = kept.stream().map(ByteString::toStringUtf8).toList().equals(tensor.strings());
        return same
                ? kept
                : tensor.strings().stream().map(ByteString::copyFromUtf8).toList();
    }

    SparseTensorProto sparse(SparseTensor tensor) {
        return SparseTensorProto.newBuilder()
                .setUnknownFields(tensor.extras().fields())
                .setValues(tensor(tensor.values()))
                .setIndices(tensor(tensor.indices()))
                .addAllDims(tensor.dims())
                .build();
    }

    private static ValueInfoProto value(ValueInfo value) {
        ValueInfoProto.Builder proto = ValueInfoProto.newBuilder()
                .setUnknownFields(value.extras().fields())
                .setName(value.name())
                .addAllMetadataProps(metadata(value.metadata(), value.extras()));
        text(value.doc(), proto::setDocString);
        var type = TypeCodec.encode(value.type(), value.extras());
        if (!type.equals(type.getDefaultInstanceForType())) {
            proto.setType(type);
        }
        return proto.build();
    }

    private static List<StringStringEntryProto> metadata(Map<String, String> entries, Extras extras) {
        return entries.entrySet().stream()
                .map(entry ->
                        extras
                                .part("metadata " + entry.getKey(), StringStringEntryProto.getDefaultInstance())
                                .toBuilder()
                                .setKey(entry.getKey())
                                .setValue(entry.getValue())
                                .build())
                .toList();
    }

    private static List<OperatorSetIdProto> opsets(Map<String, Long> opsets, Extras extras) {
        return opsets.entrySet().stream()
                .map(entry ->
                        extras.part("opset " + entry.getKey(), OperatorSetIdProto.getDefaultInstance()).toBuilder()
                                .setDomain(entry.getKey())
                                .setVersion(entry.getValue())
                                .build())
                .toList();
    }

    private static void text(String text, java.util.function.Consumer<String> set) {
        if (!text.isEmpty()) {
            set.accept(text);
        }
    }
}
