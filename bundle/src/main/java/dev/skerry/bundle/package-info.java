/** Signed, content-addressed bundles in OCI layout. */
@NullMarked
package dev.skerry.bundle;

import org.jspecify.annotations.NullMarked;
