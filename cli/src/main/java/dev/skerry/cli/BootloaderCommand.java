package dev.skerry.cli;

import dev.skerry.bundle.TrustedKeys;
import dev.skerry.firmware.Bootloader;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "bootloader",
        description = "A bootloader in C99 that starts signed firmware packages from two slots, and falls back.")
final class BootloaderCommand implements Callable<Integer> {
    private final Context context;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "DIR",
            description = "A folder for the sources.")
    Path output = Path.of("");

    @Option(
            names = "--trusted",
            required = true,
            paramLabel = "KEY.pub",
            description = "Whose packages it starts: public keys, compiled in.")
    List<Path> trusted = List.of();

    @Mixin
    MemoryOptions memory = new MemoryOptions();

    @Mixin
    CommonOptions common = new CommonOptions();

    BootloaderCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        TrustedKeys keys = TrustedKeys.read(trusted);
        Map<String, String> files = Bootloader.files(memory.target(), memory.layout(), keys.raw());
        try {
            Files.createDirectories(output);
            for (Map.Entry<String, String> file : files.entrySet()) {
                Files.writeString(output.resolve(file.getKey()), file.getValue());
            }
        } catch (IOException unwritable) {
            throw Problem.environment("usage.unwritable", "the sources can't be written")
                    .at(output.toString())
                    .because(unwritable.getMessage())
                    .attempt("another place, with -o")
                    .toException();
        }
        if (common.json) {
            ObjectNode json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.bootloader/1")
                    .put("target", memory.target().label())
                    .put("output", output.toString());
            keys.ids().forEach(json.putArray("keys")::add);
            context.printJson(json);
        } else {
            context.terminal()
                    .out()
                    .println("wrote " + files.size() + " files to " + output + "\n  it starts what is signed by "
                            + String.join(", ", keys.ids()));
            context.next("make -C " + output);
        }
        return 0;
    }
}
