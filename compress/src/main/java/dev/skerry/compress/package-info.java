/** Calibrate, quantize, and a gate that guards accuracy and latency. */
@NullMarked
package dev.skerry.compress;

import org.jspecify.annotations.NullMarked;
