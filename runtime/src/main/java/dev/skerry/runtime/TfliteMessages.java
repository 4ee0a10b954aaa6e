package dev.skerry.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * What TensorFlow Lite says of a failure, which it would print otherwise. It calls back with a C format and its arguments; the
 * C library makes a line of them.
 */
final class TfliteMessages {
    private static final int LONGEST = 1024;
    /** Of all messages that nobody has asked for yet; what a kernel says in every run must not pile up. */
    private static final int MOST = 8 * LONGEST;

    private static final MethodHandle FORMAT = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("vsnprintf"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));

    private final StringBuilder said = new StringBuilder();
    private final MemorySegment reporter;

    private TfliteMessages(Arena arena) {
        try {
            MethodHandle report = MethodHandles.lookup()
                    .findVirtual(
                            TfliteMessages.class,
                            "report",
                            MethodType.methodType(
                                    void.class, MemorySegment.class, MemorySegment.class, MemorySegment.class))
                    .bindTo(this);
            reporter = Linker.nativeLinker()
                    .upcallStub(report, FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS), arena);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Listening as long as the arena lives. */
    static TfliteMessages in(Arena arena) {
        return new TfliteMessages(arena);
    }

    /** A function for {@code TfLiteInterpreterOptionsSetErrorReporter}. */
    MemorySegment reporter() {
        return reporter;
    }

    /** Called by native code, from where no exception may come back. */
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // found by its name, and called with what the C API passes
    private void report(MemorySegment user, MemorySegment format, MemorySegment arguments) {
        if (said.length() > MOST) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment line = arena.allocate(LONGEST);
            TfliteLibrary.integer(FORMAT, line, line.byteSize(), format, arguments);
            said.append(line.getString(0).strip()).append('\n');
        } catch (RuntimeException | Error unreadable) {
            // the message is lost; the failure that it told of is reported by its status
        }
    }

    /** What was said since it was last asked for, in lines. */
    String take() {
        String text = said.toString().strip();
        said.setLength(0);
        return text;
    }
}
