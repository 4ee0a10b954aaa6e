package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * A device, a named pipe or another stream of Linux, read without ever being stuck in it: Java's own streams hang in opening a
 * pipe that nobody writes, and in reading one that says nothing. For one thread.
 */
final class NativeFile implements AutoCloseable {
    /** What {@link #read} gives where nothing came in time. */
    static final long NOTHING = 0;

    /** What {@link #read} gives where nothing will come any more. */
    static final long END = -1;

    private static final long O_RDONLY_NONBLOCK_NOCTTY_CLOEXEC = 0x800 | 0x100 | 0x80000;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final short POLLHUP = 16;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final long TCSANOW = 0;

    /** Speeds of serial lines by the constants of {@code asm-generic/termbits.h}. */
    private static final Map<Integer, Integer> BAUD = Map.ofEntries(
            Map.entry(1200, 9),
            Map.entry(2400, 11),
            Map.entry(4800, 12),
            Map.entry(9600, 13),
            Map.entry(19200, 14),
            Map.entry(38400, 15),
            Map.entry(57600, 0x1001),
            Map.entry(115200, 0x1002),
            Map.entry(230400, 0x1003),
            Map.entry(460800, 0x1004),
            Map.entry(500000, 0x1005),
            Map.entry(576000, 0x1006),
            Map.entry(921600, 0x1007),
            Map.entry(1000000, 0x1008),
            Map.entry(1500000, 0x100A),
            Map.entry(2000000, 0x100B),
            Map.entry(3000000, 0x100D),
            Map.entry(4000000, 0x100F));

    private final Path path;
    private final int descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment poll = arena.allocate(8, 8);
    private final MemorySegment state = arena.allocate(Calls.STATE);
    private boolean open = true;

    /** The C library, bound on first use, so that other systems never look for it. */
    private static final class Calls {
        private static final Linker LINKER = Linker.nativeLinker();
        private static final FunctionDescriptor THREE_WORDS = FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
        static final MemoryLayout STATE = Linker.Option.captureStateLayout();
        private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
        static final long ERRNO_AT = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

        static final MethodHandle OPEN = handle("open");
        static final MethodHandle READ = handle("read");
        static final MethodHandle POLL = handle("poll");
        static final MethodHandle CLOSE = handle("close");
        static final MethodHandle TCGETATTR = handle("tcgetattr");
        static final MethodHandle TCSETATTR = handle("tcsetattr");
        static final MethodHandle CFMAKERAW = handle("cfmakeraw");
        static final MethodHandle CFSETSPEED = handle("cfsetspeed");
        static final MethodHandle STRERROR = LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow("strerror"),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

        private static MethodHandle handle(String name) {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), THREE_WORDS, ERRNO);
        }
    }

    private NativeFile(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    /**
     * Opens for reading; never waits for who writes.
     *
     * @throws IOException with the system's words
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.live} on other systems than Linux
     */
    static NativeFile open(Path path) throws IOException {
        if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
            throw Problem.environment("pipeline.live", "devices and pipes are read on Linux only")
                    .at(path.toString())
                    .attempt("a file that grows")
                    .toException();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(Calls.STATE);
            MemorySegment name = arena.allocateFrom(path.toString());
            int descriptor = call(Calls.OPEN, state, name.address(), O_RDONLY_NONBLOCK_NOCTTY_CLOEXEC, 0);
            if (descriptor < 0) {
                throw new IOException(error(state));
            }
            return new NativeFile(path, descriptor);
        }
    }

    /** Whether a serial line can be set to this speed. */
    static boolean isBaud(int baud) {
        return BAUD.containsKey(baud);
    }

    /**
     * Sets a serial line to raw bytes at a speed.
     *
     * @throws IOException where it is no serial line, or can't be set so
     */
    void setSerial(int baud) throws IOException {
        Integer speed = BAUD.get(baud);
        MemorySegment settings = arena.allocate(256, 8);
        if (speed == null
                || call(Calls.TCGETATTR, state, descriptor, settings.address(), 0) != 0
                || call(Calls.CFSETSPEED, state, settings.address(), speed, 0) != 0) {
            throw new IOException("a speed of " + baud + " baud: " + error(state));
        }
        call(Calls.CFMAKERAW, state, settings.address(), 0, 0);
        if (call(Calls.TCSETATTR, state, descriptor, TCSANOW, settings.address()) != 0) {
            throw new IOException("a speed of " + baud + " baud: " + error(state));
        }
    }

    /**
     * Reads what is there.
     *
     * @param buffer direct memory
     * @param patienceMillis how long to wait for a first byte
     * @return bytes read, {@link #NOTHING}, or {@link #END}
     * @throws IOException with the system's words: the device is gone
     */
    long read(MemorySegment buffer, int patienceMillis) throws IOException {
        poll.set(ValueLayout.JAVA_INT, 0, descriptor);
        poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
        poll.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
        if (call(Calls.POLL, state, poll.address(), 1, patienceMillis) < 0) {
            return failed();
        }
        short events = poll.get(ValueLayout.JAVA_SHORT, 6);
        if ((events & POLLIN) != 0) {
            long count = word(Calls.READ, state, descriptor, buffer.address(), buffer.byteSize());
            return count > 0 ? count : count == 0 ? END : failed();
        }
        return (events & (POLLHUP | POLLERR)) != 0 ? END : NOTHING;
    }

    /** Reads without asking first, for a stream whose writer may have gone before it was opened. */
    long readNow(MemorySegment buffer) throws IOException {
        long count = word(Calls.READ, state, descriptor, buffer.address(), buffer.byteSize());
        return count > 0 ? count : count == 0 ? END : failed();
    }

    private long failed() throws IOException {
        int errno = state.get(ValueLayout.JAVA_INT, Calls.ERRNO_AT);
        if (errno == EINTR || errno == EAGAIN) {
            return NOTHING;
        }
        throw new IOException(error(state));
    }

    private static String error(MemorySegment state) {
        try {
            MemorySegment text =
                    (MemorySegment) Calls.STRERROR.invokeExact(state.get(ValueLayout.JAVA_INT, Calls.ERRNO_AT));
            return text.reinterpret(256).getString(0);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Of a function that returns an int, of which the upper half of the register says nothing. */
    private static int call(MethodHandle function, MemorySegment state, long a, long b, long c) {
        return (int) word(function, state, a, b, c);
    }

    private static long word(MethodHandle function, MemorySegment state, long a, long b, long c) {
        try {
            return (long) function.invokeExact(state, a, b, c);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            call(Calls.CLOSE, state, descriptor, 0, 0);
            arena.close();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
