package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the generated code does: layer after layer, from an input to an output.
 *
 * @param name of the functions and files
 */
record Program(String name, Buffer input, Grid inputGrid, Buffer output, Grid outputGrid, List<Layer> layers) {
    Program {
        layers = List.copyOf(layers);
    }

    /** All buffers, in the order in which they are first used. */
    List<Buffer> buffers() {
        Set<Buffer> buffers = new LinkedHashSet<>();
        buffers.add(input);
        for (Layer layer : layers) {
            buffers.addAll(layer.inputs());
            buffers.add(layer.output());
        }
        return new ArrayList<>(buffers);
    }

    long macs() {
        return layers.stream().mapToLong(Layer::macs).sum();
    }

    int constantBytes() {
        return layers.stream().mapToInt(Layer::constantBytes).sum();
    }
}
