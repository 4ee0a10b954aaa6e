/** Runtimes behind one interface; ONNX Runtime; device probe. */
@NullMarked
package dev.skerry.runtime;

import org.jspecify.annotations.NullMarked;
