/** Tests of the runner: the loop with an injected clock, and whole runs in processes of their own. */
@NullMarked
package dev.skerry.runner;

import org.jspecify.annotations.NullMarked;
