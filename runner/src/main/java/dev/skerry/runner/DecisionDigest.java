package dev.skerry.runner;

import dev.skerry.pipeline.Decision;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 over decisions in the order of cycles: cycle, then class, score and box of each entry by its bits. */
final class DecisionDigest {
    private final MessageDigest sha256;
    private final ByteBuffer buffer = ByteBuffer.allocate(8192);
    private long decisions;

    DecisionDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    void add(long cycle, Decision decision) {
        decisions++;
        buffer.putLong(cycle).putInt(decision.count());
        for (int i = 0; i < decision.count(); i++) {
            room();
            buffer.putInt(decision.index(i)).putInt(Float.floatToRawIntBits(decision.score(i)));
            if (decision.kind() == Decision.Kind.DETECTIONS) {
                for (int side = 0; side < 4; side++) {
                    buffer.putInt(Float.floatToRawIntBits(decision.box(i, side)));
                }
            }
        }
        flush();
    }

    private void room() {
        if (buffer.remaining() < 64) {
            flush();
        }
    }

    private void flush() {
        sha256.update(buffer.array(), 0, buffer.position());
        buffer.clear();
    }

    long decisions() {
        return decisions;
    }

    /** Of all decisions so far; ends the digest. */
    String text() {
        return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    }
}
