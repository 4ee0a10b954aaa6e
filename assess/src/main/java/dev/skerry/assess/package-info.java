/** Benchmarks of models on this machine. */
@NullMarked
package dev.skerry.assess;

import org.jspecify.annotations.NullMarked;
