package dev.skerry.runner;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The few calls of Linux's C library that the runner needs. All are bound with one signature, four words in and one out, which
 * on 64-bit Linux is how integers and pointers are passed anyway, so only two stubs are made at start.
 */
final class Posix {
    static final int SCHED_FIFO = 1;
    static final int SCHED_RR = 2;
    private static final int RESET_ON_FORK = 0x40000000;
    private static final int PR_SET_TIMERSLACK = 29;
    private static final int RUSAGE_THREAD = 1;
    private static final int MCL_CURRENT_FUTURE_ONFAULT = 7;
    private static final int MADV_DONTNEED = 4;
    private static final int CPU_SET_BYTES = 128;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final FunctionDescriptor FOUR_WORDS = FunctionDescriptor.of(
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final long ERRNO_AT = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle SCHED_SETSCHEDULER = reporting("sched_setscheduler");
    private static final MethodHandle SCHED_SETAFFINITY = reporting("sched_setaffinity");
    private static final MethodHandle SCHED_GETAFFINITY = reporting("sched_getaffinity");
    private static final MethodHandle MLOCKALL = reporting("mlockall");
    private static final MethodHandle MADVISE = reporting("madvise");
    private static final MethodHandle PRCTL = reporting("prctl");
    private static final MethodHandle EXIT = plain("_exit");
    private static final MethodHandle OPEN = plain("open");
    private static final MethodHandle CLOSE = plain("close");
    private static final MethodHandle PREAD = plain("pread");
    private static final MethodHandle GETRUSAGE = plain("getrusage");

    private Posix() {}

    /** Whether these calls exist here; nothing else of this class may be touched where they don't. */
    static boolean present() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")
                && ValueLayout.ADDRESS.byteSize() == 8;
    }

    /** Sets policy and priority of a thread (0: the calling one), not inherited by its children. Returns 0 or the error number. */
    static int schedule(int thread, int policy, int priority) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment parameter = arena.allocateFrom(ValueLayout.JAVA_INT, priority);
            return call(SCHED_SETSCHEDULER, thread, policy | RESET_ON_FORK, parameter.address(), 0);
        }
    }

    /** Keeps the calling thread on these cores. Returns 0 or the error number. */
    static int keepOn(Iterable<Integer> cores) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(CPU_SET_BYTES, 8);
            for (int core : cores) {
                byte bits = set.get(ValueLayout.JAVA_BYTE, core / 8);
                set.set(ValueLayout.JAVA_BYTE, core / 8, (byte) (bits | 1 << core % 8));
            }
            return call(SCHED_SETAFFINITY, 0, CPU_SET_BYTES, set.address(), 0);
        }
    }

    /** Cores that the calling thread may run on; empty where the kernel doesn't say. */
    static List<Integer> allowedCores() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment set = arena.allocate(CPU_SET_BYTES, 8);
            var cores = new ArrayList<Integer>();
            if (call(SCHED_GETAFFINITY, 0, CPU_SET_BYTES, set.address(), 0) == 0) {
                for (int core = 0; core < CPU_SET_BYTES * 8; core++) {
                    if ((set.get(ValueLayout.JAVA_BYTE, core / 8) >> core % 8 & 1) != 0) {
                        cores.add(core);
                    }
                }
            }
            return cores;
        }
    }

    /**
     * Keeps in memory what is there, and what comes there later from then on. What of a library was never touched stays out, which
     * is most of it. Returns 0 or the error number.
     */
    static int lockMemory() {
        return call(MLOCKALL, MCL_CURRENT_FUTURE_ONFAULT, 0, 0, 0);
    }

    /** Takes pages of a file out of the process; they come back when touched. Returns 0 or the error number, as of locked ones. */
    static int letGo(long address, long bytes) {
        return call(MADVISE, address, bytes, MADV_DONTNEED, 0);
    }

    /** Lets timers of the calling thread fire to the nanosecond, where they may else be put off by 50 µs. Returns 0 or the error number. */
    static int tightTimers() {
        return call(PRCTL, PR_SET_TIMERSLACK, 1, 0, 0);
    }

    /** Ends the process at once: no hook, no destructor of any library. Where there is no such call, as the JVM does it. */
    static void end(int code) {
        if (present()) {
            try {
                long ignored = (long) EXIT.invokeExact((long) code, 0L, 0L, 0L);
            } catch (Throwable impossible) {
                throw new AssertionError(impossible);
            }
        }
        Runtime.getRuntime().halt(code);
    }

    /** Opens a file for reading; negative where that fails. */
    static int open(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) (long) OPEN.invokeExact(arena.allocateFrom(path).address(), 0L, 0L, 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    static void close(int file) {
        try {
            long ignored = (long) CLOSE.invokeExact((long) file, 0L, 0L, 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Reads from the start of a file into {@code buffer}; the number of bytes, or negative. Allocates nothing. */
    static long read(int file, MemorySegment buffer) {
        try {
            return (long) PREAD.invokeExact((long) file, buffer.address(), buffer.byteSize(), 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Fills {@code usage}, a {@code struct rusage} of 144 bytes, for the calling thread. Allocates nothing. */
    static boolean threadUsage(MemorySegment usage) {
        try {
            return (int) (long) GETRUSAGE.invokeExact((long) RUSAGE_THREAD, usage.address(), 0L, 0L) == 0;
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static int call(MethodHandle function, long a, long b, long c, long d) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) (long) function.invokeExact(state, a, b, c, d);
            return result >= 0 ? 0 : state.get(ValueLayout.JAVA_INT, ERRNO_AT);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static MethodHandle reporting(String name) {
        return LINKER.downcallHandle(symbol(name), FOUR_WORDS, ERRNO);
    }

    private static MethodHandle plain(String name) {
        return LINKER.downcallHandle(symbol(name), FOUR_WORDS);
    }

    private static MemorySegment symbol(String name) {
        SymbolLookup library = LINKER.defaultLookup();
        return library.findOrThrow(name);
    }
}
