/** What went wrong, where, why, and what to try. */
@NullMarked
package dev.skerry.problem;

import org.jspecify.annotations.NullMarked;
