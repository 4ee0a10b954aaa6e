package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects the nodes that steps are lowered to, in the form they have at one opset, under names that nothing else has. A node
 * has the name of its first output.
 */
final class NodeWriter {
    private final long opset;
    private final Set<String> taken;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> weights = new LinkedHashMap<>();

    /** The names {@code taken} are not used; those given out are added to it. */
    NodeWriter(long opset, Set<String> taken) {
        this.opset = opset;
        this.taken = taken;
    }

    /** Another list of nodes, for the body of a loop, that shares the names. */
    NodeWriter body() {
        return new NodeWriter(opset, taken);
    }

    long opset() {
        return opset;
    }

    List<Node> nodes() {
        return nodes;
    }

    Map<String, Tensor> weights() {
        return weights;
    }

    /** {@code wanted}, or with a number after it where that is taken. */
    String fresh(String wanted) {
        String name = wanted;
        for (int i = 2; !taken.add(name); i++) {
            name = wanted + "_" + i;
        }
        return name;
    }

    String add(String op, String name, String... inputs) {
        return add(op, name, Map.of(), inputs);
    }

    String add(String op, String name, Map<String, Attribute> attributes, String... inputs) {
        return add(op, name, attributes, 1, inputs).getFirst();
    }

    List<String> add(String op, String name, Map<String, Attribute> attributes, int outputs, String... inputs) {
        var names = new ArrayList<String>();
        for (int i = 0; i < outputs; i++) {
            names.add(fresh(i == 0 ? name : name + "/" + i));
        }
        nodes.add(Node.of(op, List.of(inputs), names, attributes).withName(names.getFirst()));
        return names;
    }

    /** Gives the value {@code from}, which a node of this writer makes, the name {@code to}. */
    void rename(String from, String to) {
        nodes.replaceAll(
                node -> node.withInputs(swap(node.inputs(), from, to)).withOutputs(swap(node.outputs(), from, to)));
    }

    private static List<String> swap(List<String> names, String from, String to) {
        return names.stream().map(name -> name.equals(from) ? to : name).toList();
    }

    String weight(Tensor tensor) {
        String name = fresh(tensor.name());
        weights.put(name, tensor.withName(name));
        return name;
    }

    String scalar(String name, double value) {
        return weight(Tensor.ofFloats(name, new long[0], (float) value));
    }

    String floats(String name, long[] dims, double... values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return weight(Tensor.ofFloats(name, dims, floats));
    }

    String longs(String name, long... values) {
        return weight(Tensor.ofLongs(name, new long[] {values.length}, values));
    }

    String cast(String name, String value, DataType to) {
        return add("Cast", name, Map.of("to", Attribute.of((long) to.code())), value);
    }

    String transpose(String name, String value, long... permutation) {
        return add("Transpose", name, Map.of("perm", Attribute.ofInts(permutation)), value);
    }

    String reshape(String name, String value, long... dims) {
        return add("Reshape", name, value, longs(name + "/dims", dims));
    }

    String gather(String name, String value, String indices, long axis) {
        return add("Gather", name, Map.of("axis", Attribute.of(axis)), value, indices);
    }

    /** Adds an axis of size 1; the axes became an input in opset 13. */
    String unsqueeze(String name, String value, long axis) {
        return opset < 13
                ? add("Unsqueeze", name, Map.of("axes", Attribute.ofInts(axis)), value)
                : add("Unsqueeze", name, value, longs(name + "/axes", axis));
    }

    String squeeze(String name, String value, long axis) {
        return opset < 13
                ? add("Squeeze", name, Map.of("axes", Attribute.ofInts(axis)), value)
                : add("Squeeze", name, value, longs(name + "/axes", axis));
    }

    /** Cuts a box out; starts and ends became inputs in opset 10. */
    String slice(String name, String value, long[] starts, long[] ends, long[] axes) {
        return opset < 10
                ? add(
                        "Slice",
                        name,
                        Map.of(
                                "starts", Attribute.ofInts(starts),
                                "ends", Attribute.ofInts(ends),
                                "axes", Attribute.ofInts(axes)),
                        value)
                : add(
                        "Slice",
                        name,
                        value,
                        longs(name + "/starts", starts),
                        longs(name + "/ends", ends),
                        longs(name + "/axes", axes));
    }

    /** Surrounds with {@code fill}; pads became an input in opset 11. */
    String pad(String name, String value, long[] pads, double fill) {
        return opset < 11
                ? add("Pad", name, Map.of("pads", Attribute.ofInts(pads), "value", Attribute.of((float) fill)), value)
                : add("Pad", name, value, longs(name + "/pads", pads), scalar(name + "/fill", fill));
    }

    /** Keeps floats between two bounds; they became inputs in opset 11. */
    String clip(String name, String value, double least, double most) {
        return opset < 11
                ? add(
                        "Clip",
                        name,
                        Map.of("min", Attribute.of((float) least), "max", Attribute.of((float) most)),
                        value)
                : add("Clip", name, value, scalar(name + "/min", least), scalar(name + "/max", most));
    }

    /** The greatest {@code k} of a vector with their places, the first of equals first; k became an input in opset 10. */
    List<String> topK(String name, String vector, long k) {
        return opset < 10
                ? add("TopK", name, Map.of("k", Attribute.of(k), "axis", Attribute.of(0L)), 2, vector)
                : add("TopK", name, Map.of("axis", Attribute.of(0L)), 2, vector, longs(name + "/k", k));
    }

    /** The smaller of two broadcast tensors; before opset 8 Min doesn't broadcast. */
    String min(String name, String a, String b) {
        return opset >= 8 ? add("Min", name, a, b) : add("Sub", name, a, relu(name + "/over", a, b));
    }

    String max(String name, String a, String b) {
        return opset >= 8 ? add("Max", name, a, b) : add("Add", name, a, relu(name + "/under", b, a));
    }

    private String relu(String name, String a, String b) {
        return add("Relu", name, add("Sub", name + "/difference", a, b));
    }

    /** All names that a graph and its subgraphs use. */
    static Set<String> names(Graph graph) {
        var names = new HashSet<String>();
        graph.inputs().forEach(value -> names.add(value.name()));
        graph.outputs().forEach(value -> names.add(value.name()));
        names.addAll(graph.initializers().keySet());
        graph.sparseInitializers().forEach(weight -> names.add(weight.name()));
        for (Node node : graph.nodes()) {
            names.add(node.name());
            names.addAll(node.inputs());
            names.addAll(node.outputs());
            node.subgraphs().forEach(body -> names.addAll(names(body)));
        }
        return names;
    }
}
