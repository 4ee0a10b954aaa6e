package dev.skerry.assess;

import java.util.ArrayList;
import java.util.List;

/** Numbers that are added one by one, millions of them, without moving those that are there. */
final class NumberLog {
    private static final int CHUNK = 1 << 16;

    private final List<long[]> full = new ArrayList<>();
    private long[] last = new long[CHUNK];
    private int used;

    void add(long value) {
        if (used == CHUNK) {
            full.add(last);
            last = new long[CHUNK];
            used = 0;
        }
        last[used++] = value;
    }

    int size() {
        return full.size() * CHUNK + used;
    }

    long[] toArray() {
        long[] all = new long[size()];
        int at = 0;
        for (long[] chunk : full) {
            System.arraycopy(chunk, 0, all, at, CHUNK);
            at += CHUNK;
        }
        System.arraycopy(last, 0, all, at, used);
        return all;
    }
}
