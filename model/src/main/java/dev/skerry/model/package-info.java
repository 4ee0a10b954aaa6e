/** The ONNX graph: read, write, shapes, cost. */
@NullMarked
package dev.skerry.model;

import org.jspecify.annotations.NullMarked;
