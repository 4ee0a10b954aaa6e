package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * A signature over a bundle's manifest digest, in DSSE's form: what is signed is the payload together with its type, so that
 * a signature made for one purpose cannot pass for another.
 *
 * <p>The payload is the descriptor {@code {"digest", "mediaType", "size"}} of the manifest in canonical JSON.
 *
 * @see <a href="https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md">DSSE protocol: pre-authentication encoding</a>
 */
final class Envelope {
    static final String PAYLOAD_TYPE = "application/vnd.skerry.bundle-digest.v1+json";

    private final byte[] payload;
    private final String keyId;
    private final byte[] signature;

    private Envelope(byte[] payload, String keyId, byte[] signature) {
        this.payload = payload;
        this.keyId = keyId;
        this.signature = signature;
    }

    static Envelope sign(Descriptor bundle, SigningKey key) {
        byte[] payload = payload(bundle);
        return new Envelope(payload, key.signer(), key.sign(preAuthentication(PAYLOAD_TYPE, payload)));
    }

    byte[] bytes() {
        ObjectNode json = CanonicalJson.object();
        json.put("payloadType", PAYLOAD_TYPE).put("payload", Base64.getEncoder().encodeToString(payload));
        json.putArray("signatures")
                .addObject()
                .put("keyid", keyId)
                .put("sig", Base64.getEncoder().encodeToString(signature));
        return CanonicalJson.bytes(json);
    }

    static Envelope parse(byte[] document, String where) {
        var json = new JsonFields(CanonicalJson.parse(document, where), where);
        json.constant("payloadType", PAYLOAD_TYPE);
        byte[] payload = base64(json, "payload");
        List<JsonFields> signatures = json.objects("signatures", 1);
        json.done();
        if (signatures.isEmpty()) {
            throw CanonicalJson.malformed("an envelope without signature", where)
                    .toException();
        }
        JsonFields signature = signatures.getFirst();
        var envelope = new Envelope(payload, signature.digest("keyid").text(), base64(signature, "sig"));
        signature.done();
        return envelope;
    }

    /** The id of the key that is said to have signed; nothing depends on it but which key is tried. */
    String keyId() {
        return keyId;
    }

    boolean isAbout(Descriptor bundle) {
        return Arrays.equals(payload, payload(bundle));
    }

    /** A problem where this is no signature by that key. */
    void requireSignedBy(PublicKey key, String where) {
        if (!Ed25519.verify(key, preAuthentication(PAYLOAD_TYPE, payload), signature)) {
            throw Problem.gate("bundle.forged", "the signature is not from the key that it names")
                    .at(where)
                    .because("either the bundle was changed on purpose, or " + keyId + " did not sign it")
                    .attempt("asking whoever sent it; do not run it")
                    .toException();
        }
    }

    /** PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body. */
    static byte[] preAuthentication(String type, byte[] body) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(("DSSEv1 " + type.getBytes(StandardCharsets.UTF_8).length + " " + type + " " + body.length + " ")
                .getBytes(StandardCharsets.UTF_8));
        out.writeBytes(body);
        return out.toByteArray();
    }

    private static byte[] payload(Descriptor bundle) {
        return CanonicalJson.bytes(CanonicalJson.object()
                .put("digest", bundle.digest().text())
                .put("mediaType", bundle.mediaType())
                .put("size", bundle.size()));
    }

    private static byte[] base64(JsonFields json, String name) {
        String text = json.string(name);
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            throw json.wrong(name, "base64");
        }
        throw json.wrong(name, "base64 in its one form");
    }
}
