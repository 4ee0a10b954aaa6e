@NullMarked
package dev.skerry.agent;

import org.jspecify.annotations.NullMarked;
