/** What the tests of all modules share: data, fixtures, seeded generators. */
@NullMarked
package dev.skerry.testing;

import org.jspecify.annotations.NullMarked;
