/** The process on the device that knows the network. */
@NullMarked
package dev.skerry.agent;

import org.jspecify.annotations.NullMarked;
