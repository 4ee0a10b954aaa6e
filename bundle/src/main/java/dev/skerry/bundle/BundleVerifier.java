package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Decides whether a bundle is whole and from somebody trusted. It reads nothing and knows no clock: a snapshot and keys in, a
 * verdict out.
 *
 * <p>The index itself is not signed. It need not be: all that it leads to is content-addressed, the manifest's digest is
 * signed, and whatever the index leaves out or adds is noticed as unlisted.
 */
final class BundleVerifier {
    private final LayoutSnapshot snapshot;
    private final TrustedKeys trusted;
    private final List<String> checks = new ArrayList<>();
    private final Set<String> listed = new TreeSet<>();

    private BundleVerifier(LayoutSnapshot snapshot, TrustedKeys trusted) {
        this.snapshot = snapshot;
        this.trusted = trusted;
    }

    static Verification verify(LayoutSnapshot snapshot, TrustedKeys trusted) {
        var verifier = new BundleVerifier(snapshot, trusted);
        try {
            return verifier.verify();
        } catch (ProblemException e) {
            return new Verification.Refused(e.problem(), verifier.checks);
        }
    }

    private Verification verify() {
        blobsMatchTheirNames();
        OciContents.Index index = OciContents.Index.read(snapshot);
        listed.add(OciDocument.LAYOUT_FILE);
        listed.add(OciDocument.INDEX_FILE);
        checks.add("layout: OCI image layout 1.0.0, one bundle in the index");
        List<String> signers = signatures(index);
        OciContents contents = OciContents.read(snapshot, index);
        list(contents.bundle());
        checks.add("manifest: " + contents.bundle().digest());
        list(contents.config());
        checks.add("config: " + contents.manifest().name() + " "
                + contents.manifest().version() + ", " + BundleManifest.FORMAT);
        contents.files().forEach((title, file) -> {
            list(file);
            checks.add("file: " + title + ", " + file.size() + " bytes, " + file.digest());
        });
        checks.add("file names: safe and distinct");
        nothingUnlisted();
        return new Verification.Verified(contents.bundle().digest(), signers, checks);
    }

    private void blobsMatchTheirNames() {
        int blobs = 0;
        for (var file : snapshot.digests().entrySet()) {
            String name = file.getKey();
            if (name.startsWith(OciDocument.BLOBS)) {
                if (!name.endsWith(file.getValue().hex())) {
                    throw LayoutSnapshot.damaged(name + " has another digest than its name says", snapshot.where())
                            .toException();
                }
                blobs++;
            }
        }
        checks.add("blobs: " + blobs + " with the SHA-256 digest in their name");
    }

    private List<String> signatures(OciContents.Index index) {
        if (index.signatures().isEmpty()) {
            throw Problem.gate("bundle.unsigned", "the bundle is not signed")
                    .at(snapshot.where())
                    .attempt("skerry pack, which signs")
                    .toException();
        }
        var good = new ArrayList<String>();
        var strangers = new ArrayList<String>();
        for (Descriptor signature : index.signatures()) {
            Envelope envelope = envelope(index.bundle(), signature);
            Optional<java.security.PublicKey> key = trusted.key(envelope.keyId());
            if (key.isEmpty()) {
                strangers.add(envelope.keyId());
                continue;
            }
            envelope.requireSignedBy(key.get(), snapshot.where());
            good.add(envelope.keyId());
            checks.add("signature: Ed25519 over the manifest's digest, by trusted key " + envelope.keyId());
        }
        if (good.isEmpty()) {
            throw Problem.gate("bundle.untrusted", "signed by nobody trusted")
                    .at(snapshot.where())
                    .because("the key is said to be " + String.join(", ", strangers) + "; trusted are " + trusted.ids())
                    .attempt("adding the signer's .pub file to the trusted keys, if you got it from them")
                    .toException();
        }
        strangers.forEach(id -> checks.add("signature: by unknown key " + id + ", not counted"));
        return good;
    }

    private Envelope envelope(Descriptor bundle, Descriptor signature) {
        String where = "signature " + signature.digest();
        byte[] document = snapshot.document(signature);
        var json = new JsonFields(CanonicalJson.parse(document, where), where);
        List<JsonFields> layers = json.objects("layers", 1);
        if (layers.isEmpty()) {
            throw CanonicalJson.malformed("a signature without envelope", where).toException();
        }
        Descriptor layer = Descriptor.parse(layers.getFirst());
        Descriptor subject = Descriptor.parse(json.object("subject"));
        Envelope envelope = Envelope.parse(snapshot.document(layer), where);
        if (!subject.equals(bundle) || !envelope.isAbout(bundle)) {
            throw Problem.gate("bundle.foreign-signature", "the signature is of another bundle")
                    .at(where)
                    .because("it is not about the manifest " + bundle.digest())
                    .attempt("copying the bundle again from where it was packed")
                    .toException();
        }
        OciContents.requireSame(
                document,
                OciDocument.signatureManifest(
                        bundle, Descriptor.of(OciDocument.ENVELOPE_MEDIA, null, envelope.bytes())),
                where);
        list(signature);
        list(layer);
        list(Descriptor.of(OciDocument.EMPTY_MEDIA, null, OciDocument.EMPTY));
        return envelope;
    }

    /** Notes that a descriptor leads to a blob, which must be there in the size that it says. */
    private void list(Descriptor descriptor) {
        Long size = snapshot.sizes().get(descriptor.path());
        if (size == null) {
            throw LayoutSnapshot.damaged(descriptor.path() + " is missing", snapshot.where())
                    .toException();
        }
        if (size != descriptor.size()) {
            throw LayoutSnapshot.damaged(
                            descriptor.path() + " has " + size + " bytes instead of " + descriptor.size(),
                            snapshot.where())
                    .toException();
        }
        listed.add(descriptor.path());
    }

    private void nothingUnlisted() {
        var extra = new TreeSet<>(snapshot.sizes().keySet());
        extra.removeAll(listed);
        if (!extra.isEmpty()) {
            throw CanonicalJson.malformed("a file that nothing refers to", extra.first())
                    .because("content that the signature does not cover has no place in a bundle")
                    .toException();
        }
        checks.add("nothing unlisted: " + listed.size() + " files in the layout, all accounted for");
    }
}
