package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that goes into a bundle.
 *
 * @param files by the names that {@link BundleManifest#files} gives a role, neither more nor fewer
 */
public record BundleContent(BundleManifest manifest, SortedMap<String, FileContent> files) {
    public BundleContent {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        manifest.requireConsistent(BundleManifest.FILE);
        if (!files.keySet().equals(manifest.files().keySet())) {
            throw Problem.usage("bundle.files", "the files differ from those in the manifest")
                    .because("files " + files.keySet() + ", manifest "
                            + manifest.files().keySet())
                    .toException();
        }
    }
}
