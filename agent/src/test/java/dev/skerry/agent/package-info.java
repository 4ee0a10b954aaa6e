/** Tests of the agent: with clients that are not ours where there are some. */
@NullMarked
package dev.skerry.agent;

import org.jspecify.annotations.NullMarked;
