package dev.skerry.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * TensorFlow Lite's C API. The library is the one that the property {@value #PATH} names, else the one that lies in a jar of
 * the class path; it is unpacked, loaded, and its file removed again.
 *
 * @see <a href="https://www.tensorflow.org/lite/api_docs/c">c_api.h, xnnpack_delegate.h</a>
 */
final class TfliteLibrary {
    static final String PATH = "skerry.tflite.library";

    /** Severities of its logger: only errors reach the terminal. */
    private static final int ERROR = 3;

    private static @Nullable TfliteLibrary loaded;

    private final SymbolLookup symbols;

    private final MethodHandle version;
    final MethodHandle modelCreate;
    final MethodHandle modelDelete;
    final MethodHandle optionsCreate;
    final MethodHandle optionsDelete;
    final MethodHandle optionsThreads;
    final MethodHandle optionsDelegate;
    final MethodHandle optionsReporter;
    final MethodHandle interpreterCreate;
    final MethodHandle interpreterDelete;
    final MethodHandle allocate;
    private final MethodHandle invoke;
    final MethodHandle inputCount;
    final MethodHandle input;
    final MethodHandle outputCount;
    final MethodHandle output;
    final MethodHandle resize;
    final MethodHandle resetVariables;
    final MethodHandle tensorType;
    final MethodHandle tensorRank;
    final MethodHandle tensorDim;
    final MethodHandle tensorBytes;
    final MethodHandle tensorPointer;
    final MethodHandle tensorName;
    final MethodHandle xnnpackOptions;
    final MethodHandle xnnpackCreate;
    final MethodHandle xnnpackDelete;

    private TfliteLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
        version = function("TfLiteVersion", FunctionDescriptor.of(ADDRESS));
        modelCreate = function(
                "TfLiteModelCreateWithErrorReporter",
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
        modelDelete = function("TfLiteModelDelete", FunctionDescriptor.ofVoid(ADDRESS));
        optionsCreate = function("TfLiteInterpreterOptionsCreate", FunctionDescriptor.of(ADDRESS));
        optionsDelete = function("TfLiteInterpreterOptionsDelete", FunctionDescriptor.ofVoid(ADDRESS));
        optionsThreads =
                function("TfLiteInterpreterOptionsSetNumThreads", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
        optionsDelegate = function("TfLiteInterpreterOptionsAddDelegate", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
        optionsReporter = function(
                "TfLiteInterpreterOptionsSetErrorReporter", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, ADDRESS));
        interpreterCreate = function("TfLiteInterpreterCreate", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
        interpreterDelete = function("TfLiteInterpreterDelete", FunctionDescriptor.ofVoid(ADDRESS));
        allocate = function("TfLiteInterpreterAllocateTensors", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        invoke = function("TfLiteInterpreterInvoke", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        inputCount = function("TfLiteInterpreterGetInputTensorCount", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        input = function("TfLiteInterpreterGetInputTensor", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        outputCount = function("TfLiteInterpreterGetOutputTensorCount", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        output = function("TfLiteInterpreterGetOutputTensor", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        resize = function(
                "TfLiteInterpreterResizeInputTensor",
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
        resetVariables = function("TfLiteInterpreterResetVariableTensors", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        tensorType = function("TfLiteTensorType", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        tensorRank = function("TfLiteTensorNumDims", FunctionDescriptor.of(JAVA_INT, ADDRESS));
        tensorDim = function("TfLiteTensorDim", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
        tensorBytes = function("TfLiteTensorByteSize", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
        tensorPointer = function("TfLiteTensorData", FunctionDescriptor.of(ADDRESS, ADDRESS));
        tensorName = function("TfLiteTensorName", FunctionDescriptor.of(ADDRESS, ADDRESS));
        // the structure grows from version to version; the callee fills what it knows of
        xnnpackOptions = function(
                "TfLiteXNNPackDelegateOptionsDefault",
                FunctionDescriptor.of(MemoryLayout.structLayout(MemoryLayout.sequenceLayout(32, JAVA_LONG))));
        xnnpackCreate = function("TfLiteXNNPackDelegateCreate", FunctionDescriptor.of(ADDRESS, ADDRESS));
        xnnpackDelete = function("TfLiteXNNPackDelegateDelete", FunctionDescriptor.ofVoid(ADDRESS));
    }

    /**
     * The library, loaded at the first call.
     *
     * @throws dev.skerry.problem.ProblemException {@code runtime.missing}
     */
    static synchronized TfliteLibrary get() {
        TfliteLibrary library = loaded;
        if (library == null) {
            library = load(System.getProperty(PATH), platform());
            library.quieten();
            loaded = library;
        }
        return library;
    }

    /**
     * Loads it.
     *
     * @param path of a library; null for the one in the jar
     * @param platform as the jars name them
     */
    static TfliteLibrary load(@Nullable String path, String platform) {
        try {
            return path == null ? unpacked(platform) : linked(Path.of(path));
        } catch (IOException failure) {
            throw missing("it can't be unpacked: " + failure.getMessage()).toException();
        } catch (IllegalArgumentException | NoSuchElementException failure) {
            throw missing(String.valueOf(failure.getMessage())).toException();
        }
    }

    /** In a folder that only this user can write to, and which is gone when this returns: the system keeps what it has loaded. */
    private static TfliteLibrary unpacked(String platform) throws IOException {
        String resource = "org/bytedeco/tensorflowlite/" + platform + "/libjnitensorflowlite.so";
        ClassLoader jars = Objects.requireNonNull(TfliteLibrary.class.getClassLoader());
        try (@Nullable InputStream packed = jars.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new NoSuchElementException("there is none for " + platform + " on the class path");
            }
            Path folder = Files.createTempDirectory("skerry-tflite");
            Path file = folder.resolve("libtensorflowlite.so");
            try {
                Files.copy(packed, file);
                return linked(file);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        }
    }

    private static TfliteLibrary linked(Path library) {
        return new TfliteLibrary(SymbolLookup.libraryLookup(library, Arena.global()));
    }

    /** As the jars name platforms: {@code linux-x86_64}. */
    private static String platform() {
        String system =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).replaceAll("\\W.*", "");
        String processor = System.getProperty("os.arch", "");
        return system
                + "-"
                + switch (processor) {
                    case "amd64" -> "x86_64";
                    case "aarch64" -> "arm64";
                    default -> processor;
                };
    }

    private static Problem missing(String cause) {
        return Problem.environment("runtime.missing", "TensorFlow Lite's native library doesn't load")
                .at(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .because(cause)
                .attempt("Linux with glibc on x86-64 or arm64")
                .attempt("-D" + PATH + " with the path of a library that has TensorFlow Lite's C API and XNNPACK")
                .attempt("-Djava.io.tmpdir with a folder from which libraries may be loaded");
    }

    String version() {
        return text(pointer(version));
    }

    /** One inference. */
    static int invoke(MemorySegment interpreter) {
        try {
            return (int) Invoke.HANDLE.invokeExact(interpreter);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A constant, so that the call of the loop is compiled and leaves no garbage. */
    private static final class Invoke {
        private static final MethodHandle HANDLE = get().invoke;
    }

    /** Without the lines that it writes to the terminal when a delegate is made. The C API has no word for it. */
    private void quieten() {
        symbols.find("_ZN6tflite16logging_internal13MinimalLogger21SetMinimumLogSeverityENS_11LogSeverityE")
                .ifPresent(symbol -> integer(
                        Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(JAVA_INT, JAVA_INT)),
                        ERROR));
    }

    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        MemorySegment symbol =
                symbols.find(name).orElseThrow(() -> new NoSuchElementException("the library has no function " + name));
        return Linker.nativeLinker().downcallHandle(symbol, descriptor);
    }

    /** Calls what returns an int. */
    static int integer(MethodHandle function, Object... arguments) {
        return (int) call(function, arguments);
    }

    /** Calls what returns a pointer. */
    static MemorySegment pointer(MethodHandle function, Object... arguments) {
        return (MemorySegment) call(function, arguments);
    }

    static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A text that the library owns. */
    static String text(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL)
                ? ""
                : pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }
}
