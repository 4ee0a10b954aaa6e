package dev.skerry.runtime.spi;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * Tensors bound to memory for repeated runs. The caller writes into the input segments, calls {@link #run}, and reads the
 * output segments; all of them are direct, little endian, and valid until {@link #close}.
 */
public interface Binding extends AutoCloseable {
    /** The memory of an input, packed row-major. */
    MemorySegment input(String name);

    /** The memory of an output, packed row-major. */
    MemorySegment output(String name);

    /** Dimensions of the outputs under the bound input dimensions. */
    Map<String, long[]> outputDims();

    /** One inference on the calling thread. */
    void run();

    @Override
    void close();
}
