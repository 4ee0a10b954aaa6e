/** JMH benchmarks. */
@NullMarked
package dev.skerry.bench;

import org.jspecify.annotations.NullMarked;
