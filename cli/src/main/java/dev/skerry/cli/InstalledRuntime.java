package dev.skerry.cli;

import dev.skerry.problem.Problem;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;

/** The runtime that accuracy is judged with. */
final class InstalledRuntime {
    private InstalledRuntime() {}

    static RuntimeProvider onnxRuntime() {
        RuntimeProvider runtime = Runtimes.all().stream()
                .filter(provider -> provider.name().equals("onnxruntime"))
                .findFirst()
                .orElseThrow(() -> Problem.environment("runtime.missing", "ONNX Runtime is not installed")
                        .attempt("a build from a fresh checkout")
                        .toException());
        return switch (runtime.probe()) {
            case Availability.Present _ -> runtime;
            case Availability.Missing(Problem problem) -> throw problem.toException();
        };
    }
}
