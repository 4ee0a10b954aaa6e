package dev.skerry.pipeline;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * UTF-8 text of JSON in a buffer that is used again and again: it grows until it is large enough, and then nothing allocates.
 * Floats have six significant decimals below the point, or six digits and an exponent where they are very large or small.
 */
public final class JsonText {
    private static final int SCALE = 1_000_000;

    private byte[] bytes = new byte[1024];
    private int length;

    public JsonText() {}

    public void clear() {
        length = 0;
    }

    public int length() {
        return length;
    }

    /** The buffer; {@link #length} bytes of it are valid, until the next change. */
    public byte[] bytes() {
        return bytes;
    }

    /** One ASCII character as it is. */
    public JsonText raw(char ascii) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, length * 2);
        }
        bytes[length++] = (byte) ascii;
        return this;
    }

    /** Another text as it is. */
    public JsonText append(JsonText other) {
        if (length + other.length > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + other.length, bytes.length * 2));
        }
        System.arraycopy(other.bytes, 0, bytes, length, other.length);
        length += other.length;
        return this;
    }

    /** A field of a CSV row, in quotes where RFC 4180 wants them. */
    JsonText field(String value) {
        boolean quoted = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            quoted |= c == ',' || c == '"' || c == '\n' || c == '\r';
        }
        if (quoted) {
            raw('"');
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"') {
                raw('"').raw('"');
            } else if (c < 0x80) {
                raw(c);
            } else {
                int point = value.codePointAt(i);
                i += Character.charCount(point) - 1;
                utf8(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
            }
        }
        return quoted ? raw('"') : this;
    }

    /** A comma, unless this is the first of a list. */
    public JsonText comma(int index) {
        return index == 0 ? this : raw(',');
    }

    /** A key and its colon. */
    public JsonText key(String name) {
        return string(name).raw(':');
    }

    public JsonText nothing() {
        return raw('n').raw('u').raw('l').raw('l');
    }

    public JsonText bool(boolean value) {
        return value
                ? raw('t').raw('r').raw('u').raw('e')
                : raw('f').raw('a').raw('l').raw('s').raw('e');
    }

    /** A string in quotes, escaped; a lone surrogate becomes U+FFFD. */
    public JsonText string(String value) {
        raw('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                raw('\\').raw(c);
            } else if (c < 0x20) {
                raw('\\').raw('u').raw('0').raw('0').raw(hex(c >> 4)).raw(hex(c & 15));
            } else if (c < 0x80) {
                raw(c);
            } else {
                int point = value.codePointAt(i);
                i += Character.charCount(point) - 1;
                utf8(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
            }
        }
        return raw('"');
    }

    public JsonText number(long value) {
        if (value < 0) {
            raw('-');
        }
        long power = 1;
        // works on negative numbers, since the most negative has no positive counterpart
        for (long rest = value / 10; rest != 0; rest /= 10) {
            power *= 10;
        }
        for (; power > 0; power /= 10) {
            raw((char) ('0' + Math.abs(value / power % 10)));
        }
        return this;
    }

    /** A number; null where it is infinite or not a number, which JSON can't say. */
    public JsonText number(float value) {
        if (!Float.isFinite(value)) {
            return nothing();
        }
        double size = Math.abs((double) value);
        if (value < 0) {
            raw('-');
        }
        if (size == 0 || size >= 1e-3 && size < 1e9) {
            return fixed(Math.round(size * SCALE));
        }
        int exponent = 0;
        for (; size >= 10; size /= 10) {
            exponent++;
        }
        for (; size < 1; size *= 10) {
            exponent--;
        }
        return fixed(Math.round(size * SCALE)).raw('e').number((long) exponent);
    }

    private JsonText fixed(long millionths) {
        number(millionths / SCALE);
        long rest = millionths % SCALE;
        if (rest > 0) {
            raw('.');
            for (long power = SCALE / 10; rest > 0; power /= 10) {
                raw((char) ('0' + rest / power));
                rest %= power;
            }
        }
        return this;
    }

    private void utf8(int point) {
        if (point < 0x800) {
            raw((char) (0xc0 | point >> 6));
        } else {
            if (point < 0x10000) {
                raw((char) (0xe0 | point >> 12));
            } else {
                raw((char) (0xf0 | point >> 18)).raw((char) (0x80 | point >> 12 & 0x3f));
            }
            raw((char) (0x80 | point >> 6 & 0x3f));
        }
        raw((char) (0x80 | point & 0x3f));
    }

    private static char hex(int digit) {
        return (char) (digit < 10 ? '0' + digit : 'a' + digit - 10);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
