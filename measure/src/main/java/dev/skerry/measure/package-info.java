/** Accuracy metrics, intervals, paired tests, latency statistics. */
@NullMarked
package dev.skerry.measure;

import org.jspecify.annotations.NullMarked;
