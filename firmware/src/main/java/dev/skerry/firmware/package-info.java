/** Models as C99 for microcontrollers: lowering, memory plan, kernels. */
@NullMarked
package dev.skerry.firmware;

import org.jspecify.annotations.NullMarked;
