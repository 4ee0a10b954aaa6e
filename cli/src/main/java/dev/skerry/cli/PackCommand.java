package dev.skerry.cli;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Platform;
import dev.skerry.bundle.Standalone;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.project.DeployOptions;
import dev.skerry.project.Deployment;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.RunPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;

@Command(
        name = "pack",
        description = "Write the signed bundle of a project, or a folder that runs without Skerry installed.")
final class PackCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "PROJECT", description = "A folder with a skerry.yaml.")
    Path project = Path.of(".");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "A .tar or a folder.")
    @Nullable
    Path output;

    @Option(names = "--key", paramLabel = "FILE", description = "Signing key; made where there is none.")
    @Nullable
    Path key;

    @Option(
            names = "--standalone",
            paramLabel = "PLATFORM",
            description = "linux-x64 or linux-arm64: bundle, runner and that platform's libraries in one folder.")
    @Nullable
    String standalone;

    @Option(
            names = "--jdk",
            paramLabel = "DIR",
            description = "With --standalone: include a runtime made from this JDK of that platform.")
    @Nullable
    Path jdk;

    @Option(
            names = "--runtime",
            paramLabel = "NAME",
            description = "onnxruntime, tflite or compiled-c; the fastest where it isn't given.")
    @Nullable
    String runtime;

    @Mixin
    FirmwareOptions firmware = new FirmwareOptions();

    @Option(
            names = "--measured",
            paramLabel = "FILE.json",
            description = "What 'skerry verify --here --record' measured on another device; may be repeated.")
    List<Path> measured = List.of();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Spec
    CommandSpec spec = CommandSpec.create();

    PackCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Platform platform = standalone == null ? null : Platform.of(standalone);
        if (platform != null && output == null) {
            throw Problem.usage("pack.output", "--standalone needs -o with a folder or a .tar")
                    .attempt("-o " + project.resolve("dist"))
                    .toException();
        }
        if (runtime != null) {
            Words.requireOneOf("--runtime", runtime, Deployment.RUNTIMES);
        }
        ProjectConfig config = ProjectFile.read(project);
        var options = new DeployOptions(
                key != null ? key : context.keyOf(config.name()),
                platform == null ? output : null,
                0,
                RunPlan.Realtime.NONE,
                runtime,
                Context.typed(spec),
                context.nanoTime());
        var steps = new DeployCommand.Steps(context, common.json);
        FirmwareOptions.Prepared images = firmware.isAsked() ? firmware.prepare(config) : null;
        PackedBundle bundle;
        try (Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime())) {
            bundle =
                    new Deployment(bench, options, steps).withMeasured(others()).pack();
        }
        Path out = output == null ? bundle.file() : output;
        List<FirmwareOptions.Written> packages = images == null ? List.of() : images.write(bundle);
        if (platform != null) {
            // a device has no keys of its own that it could trust
            Path signer = bundle.key().resolveSibling(bundle.key().getFileName() + ".pub");
            Standalone.write(new Standalone.Request(
                    bundle.file(),
                    platform,
                    jars(),
                    "dev.skerry.cli.Skerry",
                    List.of("run", "@BUNDLE@", "--trusted", "@TRUSTED@"),
                    signer,
                    jdk,
                    out));
        }
        if (common.json) {
            var json = StepJson.bundle(bundle).put("schema", "skerry.pack/1");
            if (images != null) {
                json.set("firmware", FirmwareOptions.json(packages));
            }
            context.printJson(platform == null ? json : json.put("standalone", out.toString()));
        } else if (platform != null) {
            context.terminal().out().println("standalone  " + out + " for " + platform.id());
            context.next(out + "/bin/start");
        } else if (images != null) {
            context.terminal().out().print(FirmwareOptions.text(packages));
            context.next("skerry bootloader -o bootloader --trusted " + bundle.key() + ".pub");
        } else {
            context.next("skerry verify " + out);
        }
        return 0;
    }

    /** The jars that this program runs from. */
    private static List<Path> jars() {
        Path lib = Path.of(System.getProperty("skerry.home", "."), "cli", "target", "lib");
        try (Stream<Path> files = Files.list(lib)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        } catch (IOException _) {
            throw Problem.environment("pack.jars", "Skerry's own jars are not where they should be")
                    .at(lib.toString())
                    .attempt("./skerry from a checkout, which builds them")
                    .toException();
        }
    }

    private List<BundleManifest.Measured> others() {
        return measured.stream().map(PackCommand::read).toList();
    }

    private static BundleManifest.Measured read(Path file) {
        try {
            return BundleManifest.Measured.of(Context.JSON.readTree(Files.readString(file)), file.toString());
        } catch (IOException | JacksonException | ProblemException unreadable) {
            throw Problem.usage("pack.measured", "no record of what was measured")
                    .at(file.toString())
                    .because(String.valueOf(unreadable.getMessage()))
                    .attempt("skerry verify BUNDLE --here --record FILE.json, on the device")
                    .toException();
        }
    }
}
