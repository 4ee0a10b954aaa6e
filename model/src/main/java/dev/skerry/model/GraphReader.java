package dev.skerry.model;

import dev.skerry.model.onnx.AttributeProto;
import dev.skerry.model.onnx.FunctionProto;
import dev.skerry.model.onnx.GraphProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.NodeProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.model.onnx.ValueInfoProto;
import dev.skerry.problem.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From the messages of an ONNX file to the records of this package. */
final class GraphReader {
    private final TensorReader tensors;
    private final String source;

    /** For the file that messages call {@code source}. */
    GraphReader(String source, TensorReader tensors) {
        this.source = source;
        this.tensors = tensors;
    }

    TensorReader tensors() {
        return tensors;
    }

    Model model(ModelProto proto) {
        var parts = new Parts(source);
        return new Model(
                proto.getIrVersion(),
                parts.opsets(proto.getOpsetImportList()),
                proto.getProducerName(),
                proto.getProducerVersion(),
                proto.getDomain(),
                proto.getModelVersion(),
                proto.getDocString(),
                graph(proto.getGraph(), source),
                proto.getFunctionsList().stream().map(this::function).toList(),
                parts.metadata(proto.getMetadataPropsList()),
                parts.with(proto));
    }

    Graph graph(GraphProto proto, String where) {
        var parts = new Parts(where);
        Map<String, Tensor> initializers = new LinkedHashMap<>();
        for (TensorProto initializer : proto.getInitializerList()) {
            if (initializers.put(initializer.getName(), tensors.decode(initializer, where)) != null) {
                throw Problem.usage("model.duplicate", "initializer \"" + initializer.getName() + "\" is there twice")
                        .at(where)
                        .toException();
            }
        }
        return new Graph(
                proto.getName(),
                proto.getNodeList().stream().map(node -> node(node, where)).toList(),
                initializers,
                proto.getSparseInitializerList().stream()
                        .map(tensor -> tensors.decode(tensor, where))
                        .toList(),
                values(proto.getInputList(), where),
                values(proto.getOutputList(), where),
                values(proto.getValueInfoList(), where),
                proto.getDocString(),
                parts.metadata(proto.getMetadataPropsList()),
                parts.with(proto));
    }

    private Node node(NodeProto proto, String where) {
        String label = !proto.getName().isEmpty()
                ? proto.getName()
                : proto.getOpType() + (proto.getOutputCount() == 0 ? "" : " → " + proto.getOutput(0));
        String place = where + ": node " + label;
        var parts = new Parts(place);
        return new Node(
                proto.getName(),
                proto.getOpType(),
                proto.getDomain(),
                proto.getOverload(),
                proto.getInputList(),
                proto.getOutputList(),
                attributes(proto.getAttributeList(), parts, place),
                proto.getDocString(),
                parts.metadata(proto.getMetadataPropsList()),
                parts.with(proto));
    }

    private Map<String, Attribute> attributes(List<AttributeProto> protos, Parts parts, String where) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (AttributeProto proto : protos) {
            if (attributes.put(proto.getName(), AttributeCodec.decode(proto, this, parts, where)) != null) {
                throw Problem.usage("model.duplicate", "attribute \"" + proto.getName() + "\" is there twice")
                        .at(where)
                        .toException();
            }
        }
        return attributes;
    }

    private Function function(FunctionProto proto) {
        String place = source + ": function " + proto.getName();
        var parts = new Parts(place);
        return new Function(
                proto.getName(),
                proto.getDomain(),
                proto.getOverload(),
                proto.getInputList(),
                proto.getOutputList(),
                proto.getAttributeList(),
                attributes(proto.getAttributeProtoList(), parts, place),
                proto.getNodeList().stream().map(node -> node(node, place)).toList(),
                parts.opsets(proto.getOpsetImportList()),
                values(proto.getValueInfoList(), place),
                proto.getDocString(),
                parts.metadata(proto.getMetadataPropsList()),
                parts.with(proto));
    }

    private static List<ValueInfo> values(List<ValueInfoProto> protos, String where) {
        return protos.stream()
                .map(proto -> value(proto, where + ": value " + proto.getName()))
                .toList();
    }

    private static ValueInfo value(ValueInfoProto proto, String where) {
        var parts = new Parts(where);
        @Nullable ValueType type = proto.hasType() ? TypeCodec.decode(proto.getType(), where) : null;
        if (proto.hasType()) {
            TypeCodec.keep(proto.getType(), type, parts);
        }
        return new ValueInfo(
                proto.getName(),
                type,
                proto.getDocString(),
                parts.metadata(proto.getMetadataPropsList()),
                parts.with(proto));
    }
}
