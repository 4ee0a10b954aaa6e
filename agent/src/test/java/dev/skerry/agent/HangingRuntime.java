package dev.skerry.agent;

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
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime, for tests alone: the inference that finds a file beside the model whose name ends in {@code .hang} deletes it and never
 * comes back from native code.
 */
public final class HangingRuntime implements RuntimeProvider {
    static final String NAME = "hanging";

    public HangingRuntime() {}

    /** One inference of the model in a bundle's folder hangs from now on. */
    static void hang(Path bundle) throws IOException {
        Files.createFile(bundle.resolve("model.onnx.hang"));
    }

    private static RuntimeProvider real() {
        return Runtimes.all().stream()
                .filter(runtime -> runtime.name().equals("onnxruntime"))
                .findFirst()
                .orElseThrow();
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
        return new HangingSession(real().open(model, options), Path.of(model + ".hang"));
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        return real().open(content, name, options);
    }

    private record HangingSession(Session session, Path file) implements Session {
        @Override
        public List<ValueInfo> inputs() {
            return session.inputs();
        }

        @Override
        public List<ValueInfo> outputs() {
            return session.outputs();
        }

        @Override
        public Map<String, Tensor> infer(Map<String, Tensor> inputs) {
            return session.infer(inputs);
        }

        @Override
        public Binding bind(Map<String, long[]> inputDims) {
            return new HangingBinding(session.bind(inputDims), file);
        }

        @Override
        public List<NodePlacement> placement() {
            return session.placement();
        }

        @Override
        public void close() {
            session.close();
        }
    }

    private record HangingBinding(Binding binding, Path file) implements Binding {
        private static final MethodHandle PAUSE = Linker.nativeLinker()
                .downcallHandle(
                        Linker.nativeLinker().defaultLookup().findOrThrow("pause"),
                        FunctionDescriptor.of(ValueLayout.JAVA_INT));

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
            try {
                boolean hangs = Files.deleteIfExists(file);
                while (hangs) {
                    int ignored = (int) PAUSE.invokeExact();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (Throwable impossible) {
                throw new AssertionError(impossible);
            }
        }

        @Override
        public void close() {
            binding.close();
        }
    }
}
