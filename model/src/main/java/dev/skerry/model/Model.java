package dev.skerry.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An ONNX model.
 *
 * @param opsets version by domain; the ONNX domain is the empty string ({@code ai.onnx} is read as it)
 */
public record Model(
        long irVersion,
        Map<String, Long> opsets,
        String producer,
        String producerVersion,
        String domain,
        long version,
        String doc,
        Graph graph,
        List<Function> functions,
        Map<String, String> metadata,
        Extras extras) {
    public Model {
        opsets = Ordered.copyOf(opsets);
        functions = List.copyOf(functions);
        metadata = Ordered.copyOf(metadata);
    }

    /** A model of Skerry's making; {@code irVersion} 10 is the newest that all runtimes of note read. */
    public static Model of(Graph graph, long opset) {
        return new Model(
                opset <= 20 ? 9 : 10,
                Map.of("", opset),
                "skerry",
                "",
                "",
                0,
                "",
                graph,
                List.of(),
                Map.of(),
                Extras.NONE);
    }

    /** The version of the ONNX operator set; 1 where the file names none, as the specification says. */
    public long opset() {
        return opsets.getOrDefault("", 1L);
    }

    public Model withGraph(Graph graph) {
        return new Model(
                irVersion, opsets, producer, producerVersion, domain, version, doc, graph, functions, metadata, extras);
    }

    public Model withOpset(String domain, long version) {
        var more = new LinkedHashMap<>(opsets);
        more.put(domain, version);
        return new Model(
                irVersion,
                more,
                producer,
                producerVersion,
                this.domain,
                this.version,
                doc,
                graph,
                functions,
                metadata,
                extras);
    }

    public Model withIrVersion(long irVersion) {
        return new Model(
                irVersion, opsets, producer, producerVersion, domain, version, doc, graph, functions, metadata, extras);
    }

    public Model withMetadata(Map<String, String> metadata) {
        return new Model(
                irVersion, opsets, producer, producerVersion, domain, version, doc, graph, functions, metadata, extras);
    }
}
