package dev.skerry.bundle;

import dev.skerry.problem.ProblemException;
import java.util.List;

/**
 * Decides whether a bundle is whole and from somebody trusted. It reads nothing and knows no clock: a snapshot and keys in, a
 * verdict out.
 *
 * <p>The index itself is not signed. It need not be: all that it leads to is content-addressed, the manifest's digest is
 * signed, and whatever the index leaves out or adds is noticed as unlisted.
 */
final class BundleVerifier {
    private BundleVerifier() {}

    static Verification verify(LayoutSnapshot snapshot, TrustedKeys trusted) {
        var check = new LayoutCheck(snapshot, trusted);
        try {
            return verify(check);
        } catch (ProblemException e) {
            return new Verification.Refused(e.problem(), check.checks());
        }
    }

    private static Verification verify(LayoutCheck check) {
        check.blobsMatchTheirNames();
        OciContents.Index index = OciContents.Index.read(check.snapshot());
        check.passed("layout: OCI image layout 1.0.0, one bundle in the index");
        List<String> signers = check.signatures(index.bundle(), index.signatures());
        OciContents contents = OciContents.read(check.snapshot(), index);
        check.list(contents.bundle());
        check.passed("manifest: " + contents.bundle().digest());
        check.list(contents.config());
        check.passed("config: " + contents.manifest().name() + " "
                + contents.manifest().version() + ", " + BundleManifest.FORMAT);
        contents.files().forEach((title, file) -> {
            check.list(file);
            check.passed("file: " + title + ", " + file.size() + " bytes, " + file.digest());
        });
        check.passed("file names: safe and distinct");
        check.nothingUnlisted();
        return new Verification.Verified(contents.bundle().digest(), signers, check.checks());
    }
}
