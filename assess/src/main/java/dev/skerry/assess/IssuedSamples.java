package dev.skerry.assess;

import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.QueryOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The digest of the samples that queries asked for: SHA-256 over their indices in order, 32 bits each, little endian. */
final class IssuedSamples {
    private final MessageDigest digest;
    private final byte[] buffer = new byte[1 << 16];
    private int used;

    IssuedSamples() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    void add(int index) {
        if (used == buffer.length) {
            digest.update(buffer);
            used = 0;
        }
        buffer[used++] = (byte) index;
        buffer[used++] = (byte) (index >>> 8);
        buffer[used++] = (byte) (index >>> 16);
        buffer[used++] = (byte) (index >>> 24);
    }

    String digest() {
        digest.update(buffer, 0, used);
        used = 0;
        return "sha256:" + HexFormat.of().formatHex(digest.digest());
    }

    /**
     * What the settings and their seeds make of it.
     *
     * @param samples how many were asked for
     */
    static String expected(LoadSettings settings, long samples) {
        var issued = new IssuedSamples();
        var order = new QueryOrder(settings);
        // an Offline query may claim more than was asked for
        int[] query = new int[(int) Math.min(order.size(), samples)];
        for (long left = samples; left > 0; left -= query.length) {
            order.next(query);
            for (int i = 0; i < query.length && i < left; i++) {
                issued.add(query[i]);
            }
        }
        return issued.digest();
    }
}
