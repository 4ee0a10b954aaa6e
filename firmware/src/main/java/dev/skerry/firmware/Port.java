package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.Locale;

/**
 * An end of the program: an input or an output.
 *
 * @param name of the value in the model
 * @param grid what the bytes of an INT8 one stand for
 */
record Port(String name, Buffer buffer, Grid grid) {
    /** What a caller must know of it, for a comment. */
    String text() {
        return buffer.type() == DataType.INT8 ? grid.text() : buffer.type().label() + ", " + buffer.shape();
    }

    String size() {
        return buffer.bytes() + " bytes (" + buffer.type().label().toUpperCase(Locale.ROOT) + ", " + buffer.shape()
                + ")";
    }
}
