package dev.skerry.pipeline;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One channel in the records of a Linux Industrial I/O device, by the kernel's word for it, such as {@code le:s12/16>>4}: a
 * signed number of 12 bits in 16, little endian, 4 bits to the left (Documentation/ABI/testing/sysfs-bus-iio).
 *
 * @param index by which channels are ordered in a record
 * @param bits of the number
 * @param storageBits of the memory that it takes
 * @param repeat how often it stands there; the first counts
 * @param shift bits to the right before it is a number
 */
record ScanElement(
        String name, int index, boolean bigEndian, boolean signed, int bits, int storageBits, int repeat, int shift) {
    private static final Pattern TYPE = Pattern.compile("(le|be):([su])(\\d+)/(\\d+)(?:X(\\d+))?>>(\\d+)");
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /**
     * Reads the kernel's word.
     *
     * @throws IllegalArgumentException where it is none, or a number that no memory access reads
     */
    static ScanElement of(String name, int index, String type) {
        Matcher matcher = TYPE.matcher(type.strip().toLowerCase(Locale.ROOT).replace('x', 'X'));
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + type.strip() + "' is no type of " + name);
        }
        try {
            var element = new ScanElement(
                    name,
                    index,
                    matcher.group(1).equals("be"),
                    matcher.group(2).equals("s"),
                    Integer.parseInt(matcher.group(3)),
                    Integer.parseInt(matcher.group(4)),
                    matcher.group(5) == null ? 1 : Integer.parseInt(matcher.group(5)),
                    Integer.parseInt(matcher.group(6)));
            int storage = element.storageBits;
            if ((storage == 8 || storage == 16 || storage == 32 || storage == 64)
                    && element.bits >= 1
                    && element.bits + element.shift <= storage
                    && element.repeat >= 1
                    && element.repeat <= 1024) {
                return element;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw new IllegalArgumentException("a " + name + " of '" + type.strip() + "' can't be read");
    }

    /** Bytes that it takes in a record; it begins at a multiple of them. */
    int bytes() {
        return storageBits / 8 * repeat;
    }

    /** The number at a place in memory, before offset and scale. */
    long raw(MemorySegment record, long at) {
        ByteOrder order = bigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        long stored = switch (storageBits) {
            case 8 -> record.get(ValueLayout.JAVA_BYTE, at) & 0xFFL;
            case 16 -> record.get(SHORT.withOrder(order), at) & 0xFFFFL;
            case 32 -> record.get(INT.withOrder(order), at) & 0xFFFF_FFFFL;
            default -> record.get(LONG.withOrder(order), at);
        };
        long shifted = stored >>> shift;
        int unused = 64 - bits;
        return signed ? shifted << unused >> unused : shifted << unused >>> unused;
    }
}
