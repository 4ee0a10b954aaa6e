package dev.skerry.runner;

import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * ONNX Runtime that misbehaves on command, for tests alone: it looks for a file beside the model whose name ends in {@code .fault}, with
 * one word and its numbers: {@code late MILLIS}, {@code hang}, {@code throw}, {@code nan}, {@code memory}, {@code heap}. While there is
 * none it does nothing else than ONNX Runtime.
 */
public final class FaultyRuntime implements RuntimeProvider {
    static final String NAME = "faulty";
    private static final long LOOK_NANOS = 2_000_000;

    private static final List<byte[]> HELD = new ArrayList<>();

    public FaultyRuntime() {}

    private static RuntimeProvider real() {
        return Runtimes.all().stream()
                .filter(runtime -> runtime.name().equals("onnxruntime"))
                .findFirst()
                .orElseThrow();
    }

    /** Makes a model misbehave from now on. */
    static void inject(Path bundle, String model, String fault) throws IOException {
        Path draft = bundle.resolve(model + ".draft");
        Files.writeString(draft, fault);
        Files.move(draft, bundle.resolve(model + ".fault"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    /** Makes it behave again. */
    static void heal(Path bundle, String model) throws IOException {
        Files.deleteIfExists(bundle.resolve(model + ".fault"));
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability probe() {
        return real().probe();
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        return new FaultySession(real().open(model, options), Path.of(model + ".fault"));
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        return real().open(content, name, options);
    }

    private static final class FaultySession implements Session {
        private final Session session;
        private volatile String fault = "";
        private volatile boolean closed;

        FaultySession(Session session, Path file) {
            this.session = session;
            Thread.ofPlatform().daemon().name("faults").start(() -> {
                while (!closed) {
                    try {
                        fault = Files.exists(file) ? Files.readString(file) : "";
                    } catch (IOException e) {
                        fault = "";
                    }
                    LockSupport.parkNanos(LOOK_NANOS);
                }
            });
        }

        @Override
        public List<ValueInfo> inputs() {
            return session.inputs();
        }

        @Override
        public List<ValueInfo> outputs() {
            return session.outputs();
        }

        /** Golden vectors see the model as it is. */
        @Override
        public Map<String, Tensor> infer(Map<String, Tensor> inputs) {
            return session.infer(inputs);
        }

        @Override
        public Binding bind(Map<String, long[]> inputDims) {
            Binding binding = session.bind(inputDims);
            return new Binding() {
                @Override
                public MemorySegment input(String name) {
                    return binding.input(name);
                }

                @Override
                public MemorySegment output(String name) {
                    return binding.output(name);
                }

                @Override
                public Map<String, long[]> outputDims() {
                    return binding.outputDims();
                }

                @Override
                public void run() {
                    binding.run();
                    misbehave(binding);
                }

                @Override
                public void close() {
                    binding.close();
                }
            };
        }

        private void misbehave(Binding binding) {
            String now = fault;
            String[] words = now.split(" ", -1);
            switch (words[0]) {
                case "" -> {}
                case "late" -> {
                    long end = System.nanoTime() + Long.parseLong(words[1]) * 1_000_000;
                    while (System.nanoTime() < end) {
                        Thread.onSpinWait();
                    }
                }
                case "hang" -> Native.sleepForEver();
                case "throw" -> throw new IllegalStateException("the model broke");
                case "nan" -> binding.output("y").set(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
                case "memory" -> Arena.global().allocate(1L << 46);
                case "heap" -> {
                    while (true) {
                        HELD.add(new byte[1 << 20]);
                    }
                }
                default -> throw new IllegalArgumentException(now);
            }
        }

        @Override
        public List<NodePlacement> placement() {
            return session.placement();
        }

        @Override
        public void close() {
            closed = true;
            session.close();
        }
    }

    /** A call into native code that never returns, and that Java can't interrupt. */
    private static final class Native {
        private static final MethodHandle PAUSE = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("pause"),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT));

        static void sleepForEver() {
            while (true) {
                try {
                    int ignored = (int) PAUSE.invokeExact();
                } catch (Throwable impossible) {
                    throw new AssertionError(impossible);
                }
            }
        }
    }
}
