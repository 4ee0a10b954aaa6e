package dev.skerry.assess;

import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Latencies as text of some two bytes each: differences from one to the next, as numbers of variable length (seven bits a byte, the low
 * ones first, the sign in the lowest bit), deflated, in Base64, 65,536 latencies a piece.
 */
final class LatencyCode {
    private static final int PIECE = 1 << 16;
    private static final int MOST_BYTES = 10;

    private LatencyCode() {}

    static List<String> encode(long[] latencies) {
        var pieces = new ArrayList<String>();
        for (int from = 0; from < latencies.length; from += PIECE) {
            int to = Math.min(latencies.length, from + PIECE);
            var numbers = new ByteArrayOutputStream(2 * PIECE);
            long before = 0;
            for (int i = from; i < to; i++) {
                long step = latencies[i] - before;
                before = latencies[i];
                long bits = (step << 1) ^ (step >> 63);
                while ((bits & ~0x7FL) != 0) {
                    numbers.write((int) (bits & 0x7F | 0x80));
                    bits >>>= 7;
                }
                numbers.write((int) bits);
            }
            pieces.add(Base64.getEncoder().encodeToString(deflate(numbers.toByteArray())));
        }
        return pieces;
    }

    /**
     * Undoes {@link #encode}.
     *
     * @throws dev.skerry.problem.ProblemException {@code bench.result} where it is something else
     */
    static long[] decode(List<String> pieces, String where) {
        var log = new NumberLog();
        for (int piece = 0; piece < pieces.size(); piece++) {
            byte[] numbers;
            try {
                numbers = inflate(Base64.getDecoder().decode(pieces.get(piece)));
            } catch (IllegalArgumentException | DataFormatException damaged) {
                throw damaged(where, "piece " + piece + " can't be unpacked");
            }
            long value = 0;
            int at = 0;
            int count = 0;
            while (at < numbers.length) {
                long bits = 0;
                int shift = 0;
                byte next;
                do {
                    if (at == numbers.length || shift > 63) {
                        throw damaged(where, "piece " + piece + " ends within a number");
                    }
                    next = numbers[at++];
                    bits |= (next & 0x7FL) << shift;
                    shift += 7;
                } while (next < 0);
                value += (bits >>> 1) ^ -(bits & 1);
                log.add(value);
                count++;
            }
            if (count > PIECE || count < PIECE && piece < pieces.size() - 1) {
                throw damaged(where, "piece " + piece + " holds " + count + " latencies");
            }
        }
        return log.toArray();
    }

    private static RuntimeException damaged(String where, String why) {
        return Problem.usage("bench.result", "the latencies can't be read")
                .at(where)
                .because(why)
                .toException();
    }

    private static byte[] deflate(byte[] bytes) {
        try (var deflater = new Deflater()) {
            deflater.setInput(bytes);
            deflater.finish();
            var out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 13];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }

    /** No more than a piece can be, whatever a file claims. */
    private static byte[] inflate(byte[] packed) throws DataFormatException {
        try (var inflater = new Inflater()) {
            inflater.setInput(packed);
            var out = new ByteArrayOutputStream();
            byte[] buffer = new byte[1 << 13];
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
                    throw new DataFormatException("it ends early");
                }
                out.write(buffer, 0, count);
                if (out.size() > PIECE * MOST_BYTES) {
                    throw new DataFormatException("it is too long");
                }
            }
            return out.toByteArray();
        }
    }
}
