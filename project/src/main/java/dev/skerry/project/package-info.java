/** skerry.yaml, and what follows what. */
@NullMarked
package dev.skerry.project;

import org.jspecify.annotations.NullMarked;
