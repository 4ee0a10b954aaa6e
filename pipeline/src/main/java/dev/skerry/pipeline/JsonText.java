package dev.skerry.pipeline;

import java.util.Arrays;

/** UTF-8 text of JSON in a buffer that is used again and again; grows only until it is large enough. */
public final class JsonText {
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

    /** One byte as it is. */
    public JsonText raw(char ascii) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, length * 2);
        }
        bytes[length++] = (byte) ascii;
        return this;
    }
}
