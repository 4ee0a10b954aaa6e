/** What a runtime implements to take part in selection, benchmarks and runs. */
@NullMarked
package dev.skerry.runtime.spi;

import org.jspecify.annotations.NullMarked;
