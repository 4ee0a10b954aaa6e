package dev.skerry.runtime;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.OpenBatch;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Generated C that was compiled beforehand: a shared library for each model, which holds the model and nothing else. Compiling is not
 * done here, and not on a device; who makes this runtime says where libraries come from.
 */
public final class CompiledRuntime implements RuntimeProvider {
    public static final String NAME = "compiled-c";

    /** Where the library of a model comes from. */
    public interface Libraries {
        /**
         * The library that was made from a model's file.
         *
         * @param content of the file
         * @param name how messages call it
         * @param dims sizes of its open dimensions
         * @throws dev.skerry.problem.ProblemException where there is none, with the reason
         */
        CompiledLibrary of(byte[] content, String name, Map<String, Long> dims);
    }

    private final List<String> levels;
    private final @Nullable Libraries libraries;

    /** Knows of no library: those of a bundle, or of a selection, are given to a runtime of its own. */
    public CompiledRuntime() {
        this(
                InstructionLevel.of(DeviceProbe.probe()).stream()
                        .map(InstructionLevel::label)
                        .toList(),
                null);
    }

    private CompiledRuntime(List<String> levels, @Nullable Libraries libraries) {
        this.levels = List.copyOf(levels);
        this.libraries = libraries;
    }

    /** Of code for one level of instructions. */
    public static CompiledRuntime of(InstructionLevel level, Libraries libraries) {
        return new CompiledRuntime(List.of(level.label()), libraries);
    }

    /**
     * Of what was compiled for one model: the first that this machine can run.
     *
     * @throws dev.skerry.problem.ProblemException {@code runtime.platform} where it can run none
     */
    public static CompiledRuntime of(List<CompiledLibrary> compiled, Device device) {
        CompiledLibrary fitting = compiled.stream()
                .filter(library -> library.level().runsOn(device))
                .findFirst()
                .orElseThrow(() -> Problem.environment("runtime.platform", "there is no compiled code for this machine")
                        .at(device.arch() + ", " + device.cpu())
                        .because("it was compiled for "
                                + compiled.stream()
                                        .map(library -> library.level().label())
                                        .collect(Collectors.joining(", ")))
                        .attempt("packing for this platform")
                        .toException());
        return of(fitting.level(), (content, name, dims) -> fitting);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Availability probe() {
        return levels.isEmpty()
                ? new Availability.Missing(
                        Problem.environment("runtime.platform", "there is no compiled code for machines of this kind")
                                .at(DeviceProbe.probe().arch()))
                : new Availability.Present("interface " + CompiledCode.ABI, levels);
    }

    /** Generated code runs on the thread that calls it. */
    @Override
    public int mostThreads() {
        return 1;
    }

    @Override
    public Session open(Path model, SessionOptions options) {
        try {
            return open(Files.readAllBytes(model), model.toString(), options);
        } catch (IOException gone) {
            throw Problem.usage("runtime.load", "can't be read")
                    .at(model.toString())
                    .because(String.valueOf(gone.getMessage()))
                    .toException();
        }
    }

    @Override
    public Session open(byte[] content, String name, SessionOptions options) {
        if (libraries == null) {
            throw Problem.usage("runtime.load", "this model wasn't compiled beforehand")
                    .at(name)
                    .because("a runtime of compiled code loads what was compiled, and compiles nothing")
                    .attempt("skerry select or skerry deploy, which compile it")
                    .toException();
        }
        Model model = ModelFile.parse(content, name);
        Map<String, Long> dims = OpenBatch.asOne(model.graph(), options.dims());
        return CompiledSession.open(libraries.of(content, name, dims), name, model, CompiledCode.digest(content), dims);
    }
}
