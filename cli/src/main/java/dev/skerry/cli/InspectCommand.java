package dev.skerry.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "inspect",
        description = "Operators, shapes, parameters, multiply-accumulates, peak memory, and what runs where.")
final class InspectCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "MODEL", description = "An ONNX or TensorFlow Lite file.")
    Path file = Path.of("");

    @Option(
            names = "--dim",
            paramLabel = "NAME=SIZE",
            description = "The size of a dynamic dimension, by its name, or by input[axis] where it has none.")
    Map<String, Long> dims = Map.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    InspectCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        InspectedModel inspected = InspectedModel.of(file, dims);
        if (common.json) {
            context.printJson(InspectJson.of(inspected));
        } else {
            var text = new InspectText(inspected, context.terminal());
            context.terminal().out().print(text.render());
            context.next(text.next());
        }
        return 0;
    }
}
