package dev.skerry.model;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.skerry.model.onnx.OperatorSetIdProto;
import dev.skerry.model.onnx.StringStringEntryProto;
import dev.skerry.problem.Problem;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects, while one message is read, what goes into its {@link Extras}. */
final class Parts {
    private final Map<String, Message> parts = new HashMap<>();
    private final String where;

    Parts(String where) {
        this.where = where;
    }

    void keep(String key, Message part) {
        parts.put(key, part);
    }

    /** Key and value pairs in their order; of a key that comes twice the last value counts. */
    Map<String, String> metadata(List<StringStringEntryProto> entries) {
        var map = new LinkedHashMap<String, String>();
        for (StringStringEntryProto entry : entries) {
            map.put(entry.getKey(), entry.getValue());
            if (!entry.getUnknownFields().asMap().isEmpty()) {
                keep(
                        "metadata " + entry.getKey(),
                        entry.toBuilder().clearKey().clearValue().build());
            }
        }
        return map;
    }

    Map<String, Long> opsets(List<OperatorSetIdProto> imports) {
        var opsets = new LinkedHashMap<String, Long>();
        for (OperatorSetIdProto opset : imports) {
            String domain = opset.getDomain().equals("ai.onnx") ? "" : opset.getDomain();
            Long before = opsets.put(domain, opset.getVersion());
            if (before != null && before != opset.getVersion()) {
                String label = domain.isEmpty() ? "ai.onnx" : domain;
                throw Problem.usage(
                                "model.duplicate-opset",
                                "operator set " + label + " is imported as version " + before + " and as "
                                        + opset.getVersion())
                        .at(where)
                        .toException();
            }
            if (!opset.getUnknownFields().asMap().isEmpty()) {
                keep(
                        "opset " + domain,
                        opset.toBuilder().clearDomain().clearVersion().build());
            }
        }
        return opsets;
    }

    /** All that was kept, with the unknown fields of {@code message}. */
    Extras with(Message message) {
        return with(message, message.getUnknownFields());
    }

    Extras with(Message message, UnknownFieldSet unknown) {
        // a field that we know turns up among the unknown where its bytes are of another kind than the format says
        for (int number : unknown.asMap().keySet()) {
            FieldDescriptor field = message.getDescriptorForType().findFieldByNumber(number);
            if (field != null) {
                throw Problem.usage(
                                "model.wire-type",
                                "field " + field.getName() + " of "
                                        + message.getDescriptorForType().getName() + " has the wrong wire type")
                        .at(where)
                        .because("the ONNX format says "
                                + field.getType().name().toLowerCase(java.util.Locale.ROOT)
                                + "; the file is damaged, or isn't an ONNX model")
                        .attempt("export the model again")
                        .toException();
            }
        }
        return Extras.of(unknown, parts);
    }
}
