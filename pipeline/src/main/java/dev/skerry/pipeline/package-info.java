/** Sources, decoders, windows, steps lowered to ONNX, actions. */
@NullMarked
package dev.skerry.pipeline;

import org.jspecify.annotations.NullMarked;
