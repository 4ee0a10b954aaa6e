/** The deadline loop in a process of its own. */
@NullMarked
package dev.skerry.runner;

import org.jspecify.annotations.NullMarked;
