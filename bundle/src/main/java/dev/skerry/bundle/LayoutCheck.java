package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What holds of every layout of ours, whatever is in it: blobs are what their names say, somebody trusted has signed, and there
 * is nothing that the signature doesn't cover. It collects what was checked.
 */
final class LayoutCheck {
    private final LayoutSnapshot snapshot;
    private final TrustedKeys trusted;
    private final List<String> checks = new ArrayList<>();
    private final Set<String> listed = new TreeSet<>(Set.of(OciDocument.LAYOUT_FILE, OciDocument.INDEX_FILE));

    LayoutCheck(LayoutSnapshot snapshot, TrustedKeys trusted) {
        this.snapshot = snapshot;
        this.trusted = trusted;
    }

    LayoutSnapshot snapshot() {
        return snapshot;
    }

    List<String> checks() {
        return checks;
    }

    void passed(String check) {
        checks.add(check);
    }

    void blobsMatchTheirNames() {
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

    List<String> signatures(Descriptor signed, List<Descriptor> signatures) {
        if (signatures.isEmpty()) {
            throw Problem.gate("bundle.unsigned", "it is not signed")
                    .at(snapshot.where())
                    .attempt("skerry pack, which signs")
                    .toException();
        }
        var good = new ArrayList<String>();
        var strangers = new ArrayList<String>();
        for (Descriptor signature : signatures) {
            Envelope envelope = envelope(signed, signature);
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
            throw Problem.gate("bundle.foreign-signature", "the signature is of something else")
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
    void list(Descriptor descriptor) {
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

    void nothingUnlisted() {
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
