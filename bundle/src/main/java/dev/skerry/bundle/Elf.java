package dev.skerry.bundle;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a program or shared library of 64-bit Linux says that it needs of others, read from its dynamic section.
 *
 * @param machine {@code e_machine}: 62 for x86-64, 183 for 64-bit Arm
 * @param soname the name that others know a library by; null where it has none
 * @param interpreter the loader that a program asks for; null for a library
 * @param needed sonames
 * @param runPath where the libraries may also lie, {@code $ORIGIN} not yet replaced
 * @param versionsNeeded by soname, such as {@code GLIBC_2.34}
 * @param versionsDefined by this one
 * @see <a href="https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html">Symbol versioning</a>
 */
record Elf(
        int machine,
        @Nullable String soname,
        @Nullable String interpreter,
        List<String> needed,
        List<String> runPath,
        SortedMap<String, SortedSet<String>> versionsNeeded,
        SortedSet<String> versionsDefined) {
    static final int X86_64 = 62;
    static final int AARCH64 = 183;

    private static final int MAGIC = 0x464c457f;
    private static final int LOAD = 1;
    private static final int DYNAMIC = 2;
    private static final int INTERPRETER = 3;
    private static final int MOST_STEPS = 1 << 16;

    /** Whether a file begins as such files do. */
    static boolean isOne(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(4);
            return start.length == 4
                    && ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
        }
    }

    /** Reads a file; an {@link IOException} where it is none, or none of 64 bits and little endian, or damaged. */
    static Elf read(Path file) throws IOException {
        return parse(Files.readAllBytes(file), file.toString());
    }

    static Elf parse(byte[] bytes, String where) throws IOException {
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (file.getInt(0) != MAGIC || file.get(4) != 2 || file.get(5) != 1) {
                throw new IOException(where + " is no 64-bit little-endian ELF file");
            }
            return new Reader(file).read();
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            throw new IOException(where + " is a damaged ELF file", e);
        }
    }

    private record Segment(int type, long offset, long address, long size) {}

    private static final class Reader {
        private final ByteBuffer file;
        private final List<Segment> segments = new ArrayList<>();
        private final List<Long> neededAt = new ArrayList<>();
        private final TreeMap<Long, Long> dynamic = new TreeMap<>();

        Reader(ByteBuffer file) {
            this.file = file;
        }

        Elf read() {
            long table = file.getLong(32);
            int size = Short.toUnsignedInt(file.getShort(54));
            int count = Short.toUnsignedInt(file.getShort(56));
            String interpreter = null;
            for (int i = 0; i < count; i++) {
                int at = Math.toIntExact(table + (long) i * size);
                var segment = new Segment(
                        file.getInt(at), file.getLong(at + 8), file.getLong(at + 16), file.getLong(at + 32));
                segments.add(segment);
                if (segment.type == INTERPRETER) {
                    interpreter = text(segment.offset);
                }
            }
            segments.stream()
                    .filter(segment -> segment.type == DYNAMIC)
                    .findFirst()
                    .ifPresent(this::readDynamic);
            List<String> needed = neededAt.stream().map(this::string).toList();
            Long path = dynamic.getOrDefault(29L, dynamic.get(15L));
            List<String> runPath =
                    path == null ? List.of() : List.of(string(path).split(":"));
            Long soname = dynamic.get(14L);
            return new Elf(
                    Short.toUnsignedInt(file.getShort(18)),
                    soname == null ? null : string(soname),
                    interpreter,
                    needed,
                    runPath,
                    versionsNeeded(),
                    versionsDefined());
        }

        private void readDynamic(Segment segment) {
            for (long at = segment.offset; at < segment.offset + segment.size; at += 16) {
                long tag = file.getLong(Math.toIntExact(at));
                long value = file.getLong(Math.toIntExact(at + 8));
                if (tag == 0) {
                    return;
                } else if (tag == 1) {
                    neededAt.add(value);
                } else {
                    dynamic.put(tag, value);
                }
            }
        }

        private SortedMap<String, SortedSet<String>> versionsNeeded() {
            var versions = new TreeMap<String, SortedSet<String>>();
            Long start = dynamic.get(0x6ffffffeL);
            long count = dynamic.getOrDefault(0x6fffffffL, 0L);
            int at = start == null ? 0 : offset(start);
            for (long i = 0; start != null && i < Math.min(count, MOST_STEPS); i++) {
                int names = Short.toUnsignedInt(file.getShort(at + 2));
                SortedSet<String> of = versions.computeIfAbsent(
                        string(Integer.toUnsignedLong(file.getInt(at + 4))), _ -> new TreeSet<>());
                int name = at + file.getInt(at + 8);
                for (int k = 0; k < names; k++) {
                    boolean weak = (file.getShort(name + 4) & 2) != 0;
                    if (!weak) {
                        of.add(string(Integer.toUnsignedLong(file.getInt(name + 8))));
                    }
                    name += file.getInt(name + 12);
                }
                at += file.getInt(at + 12);
            }
            return versions;
        }

        private SortedSet<String> versionsDefined() {
            var versions = new TreeSet<String>();
            Long start = dynamic.get(0x6ffffffcL);
            long count = dynamic.getOrDefault(0x6ffffffdL, 0L);
            int at = start == null ? 0 : offset(start);
            for (long i = 0; start != null && i < Math.min(count, MOST_STEPS); i++) {
                int name = at + file.getInt(at + 12);
                versions.add(string(Integer.toUnsignedLong(file.getInt(name))));
                at += file.getInt(at + 16);
            }
            return versions;
        }

        private String string(long at) {
            return text(offset(dynamic.getOrDefault(5L, 0L)) + at);
        }

        private String text(long at) {
            int start = Math.toIntExact(at);
            int end = start;
            while (file.get(end) != 0) {
                end++;
            }
            byte[] text = new byte[end - start];
            file.get(start, text);
            return new String(text, StandardCharsets.UTF_8);
        }

        /** Where an address of memory lies in the file. */
        private int offset(long address) {
            for (Segment segment : segments) {
                if (segment.type == LOAD && address >= segment.address && address < segment.address + segment.size) {
                    return Math.toIntExact(segment.offset + address - segment.address);
                }
            }
            throw new IllegalArgumentException("address " + address + " is in no segment");
        }
    }
}
