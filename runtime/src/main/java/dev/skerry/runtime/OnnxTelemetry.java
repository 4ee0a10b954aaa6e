package dev.skerry.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Opts out of ONNX Runtime's own telemetry. From 1.29 on its Linux and macOS builds start an uploader with sockets and a device id
 * on disk as soon as the environment is made, unless {@value #OPT_OUT} is set before; the switch of the Java API comes too late. A
 * device that promises that nothing leaves it can't have that, and it parses the command line with a recursion that
 * overflows the stack where the command line is long. So the variable is set from within, whoever started the process.
 */
final class OnnxTelemetry {
    static final String OPT_OUT = "ORT_DISABLE_TELEMETRY";

    private OnnxTelemetry() {}

    /** To be called before the library's environment is made. */
    static void optOut() {
        Linker linker = Linker.nativeLinker();
        MemorySegment setenv = linker.defaultLookup().find("setenv").orElse(MemorySegment.NULL);
        if (setenv.equals(MemorySegment.NULL)) {
            // Windows: there the provider only hands events to the system's tracing.
            return;
        }
        var call = linker.downcallHandle(
                setenv,
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (Arena arena = Arena.ofConfined()) {
            int failed = (int) call.invokeExact(arena.allocateFrom(OPT_OUT), arena.allocateFrom("1"), 1);
            if (failed != 0) {
                throw new IllegalStateException("setenv failed; no telemetry may start");
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
