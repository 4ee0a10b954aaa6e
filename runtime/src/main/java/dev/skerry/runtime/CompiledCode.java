package dev.skerry.runtime;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.skerry.model.DataType;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;

/**
 * The functions of a compiled model, and the memory of its inputs and outputs. Generated code has one arena, which is static; so
 * each load is of a copy of its own, which the system takes for another library. The copy is of the very bytes that were hashed,
 * in a folder that only this user can write to, and is gone when it is loaded.
 */
final class CompiledCode implements AutoCloseable {
    /** Of the functions and the structure below; generated code says which it has. */
    static final int ABI = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle INTEGER = LINKER.downcallHandle(FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle TEXT = LINKER.downcallHandle(FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle END = LINKER.downcallHandle(FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle ACT = LINKER.downcallHandle(FunctionDescriptor.ofVoid());

    /** Places in the structure of an end. */
    private static final long MEMORY = 0;

    private static final long BYTES = 8;
    private static final long TYPE = 16;
    private static final long SCALE = 20;
    private static final long ZERO = 24;
    private static final long END_BYTES = 32;

    /** The longest text that it gives: a digest. */
    private static final long MOST_TEXT = 128;

    /**
     * An input or output as the code has it.
     *
     * @param memory where its values lie
     * @param scale what a stored integer stands for, {@code scale × (stored − zero)}; 0 where it stands for itself
     */
    record End(MemorySegment memory, DataType type, float scale, int zero) {}

    private final Arena arena;
    private final MemorySegment invoke;
    private final String model;
    private final List<End> inputs;
    private final List<End> outputs;

    private CompiledCode(Arena arena, SymbolLookup symbols) {
        this.arena = arena;
        if (integer(symbol(symbols, "skerry_host_abi")) != ABI) {
            throw new NoSuchElementException("its interface has version " + integer(symbol(symbols, "skerry_host_abi"))
                    + ", and version " + ABI + " is read");
        }
        model = text(symbol(symbols, "skerry_host_model"));
        act(symbol(symbols, "skerry_host_init"));
        invoke = symbol(symbols, "skerry_host_invoke");
        inputs = ends(symbols, "skerry_host_inputs", "skerry_host_input");
        outputs = ends(symbols, "skerry_host_outputs", "skerry_host_output");
    }

    /**
     * Loads the library, once it is known to be the one that is meant.
     *
     * @param name how messages call it
     * @throws dev.skerry.problem.ProblemException {@code runtime.digest} where its bytes are others, {@code runtime.load} where
     *     they can't be loaded
     */
    static CompiledCode load(CompiledLibrary library, String name) {
        try {
            byte[] bytes = Files.readAllBytes(library.file());
            String found = digest(bytes);
            if (!found.equals(library.digest())) {
                throw Problem.gate("runtime.digest", "the compiled code is not what it should be, and isn't loaded")
                        .at(library.file().toString())
                        .because("its digest is " + found + " instead of " + library.digest())
                        .attempt("unpacking the bundle again, or another bundle")
                        .toException();
            }
            return linked(bytes);
        } catch (IOException failure) {
            throw unloadable(name, "it can't be read or copied: " + failure.getMessage())
                    .toException();
        } catch (IllegalArgumentException | NoSuchElementException failure) {
            throw unloadable(name, String.valueOf(failure.getMessage())).toException();
        }
    }

    private static Problem unloadable(String name, String why) {
        return Problem.environment("runtime.load", "the compiled code doesn't load")
                .at(name)
                .because(why)
                .attempt("packing again on a machine of this kind");
    }

    @SuppressWarnings("MustBeClosedChecker") // the code that is returned closes it
    private static CompiledCode linked(byte[] bytes) throws IOException {
        Path folder = Files.createTempDirectory("skerry-compiled");
        Path copy = folder.resolve("model.so");
        Arena arena = Arena.ofShared();
        boolean loaded = false;
        try {
            Files.write(copy, bytes);
            var code = new CompiledCode(arena, SymbolLookup.libraryLookup(copy, arena));
            loaded = true;
            return code;
        } finally {
            if (!loaded) {
                arena.close();
            }
            Files.deleteIfExists(copy);
            Files.delete(folder);
        }
    }

    static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static MemorySegment symbol(SymbolLookup symbols, String name) {
        return symbols.find(name).orElseThrow(() -> new NoSuchElementException("the library has no function " + name));
    }

    private List<End> ends(SymbolLookup symbols, String count, String each) {
        MemorySegment function = symbol(symbols, each);
        return IntStream.range(0, integer(symbol(symbols, count)))
                .mapToObj(i -> end(function, i))
                .toList();
    }

    private End end(MemorySegment function, int index) {
        MemorySegment end;
        try {
            end = ((MemorySegment) END.invokeExact(function, index)).reinterpret(END_BYTES, arena, null);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
        int code = end.get(JAVA_INT, TYPE);
        DataType type = Arrays.stream(DataType.values())
                .filter(known -> known.code() == code)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("it has values of an unknown type, " + code));
        return new End(
                end.get(ADDRESS, MEMORY).reinterpret(end.get(JAVA_LONG, BYTES), arena, null),
                type,
                end.get(JAVA_FLOAT, SCALE),
                end.get(JAVA_INT, ZERO));
    }

    /** The digest of the model's file that it was made from. */
    String model() {
        return model;
    }

    /** In the model's order. */
    List<End> inputs() {
        return inputs;
    }

    List<End> outputs() {
        return outputs;
    }

    /** One inference, from the memory of the inputs to that of the outputs; the inputs are used up by it. */
    void invoke() {
        act(invoke);
    }

    private static int integer(MemorySegment function) {
        try {
            return (int) INTEGER.invokeExact(function);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    private static String text(MemorySegment function) {
        try {
            return ((MemorySegment) TEXT.invokeExact(function))
                    .reinterpret(MOST_TEXT)
                    .getString(0);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    private static void act(MemorySegment function) {
        try {
            ACT.invokeExact(function);
        } catch (Throwable failure) {
            throw unexpected(failure);
        }
    }

    private static RuntimeException unexpected(Throwable failure) {
        return switch (failure) {
            case Error error -> throw error;
            case RuntimeException known -> known;
            default -> new IllegalStateException(failure);
        };
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
