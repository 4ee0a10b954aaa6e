package dev.skerry.cli;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.ContainerImage;
import dev.skerry.bundle.Footprint;
import dev.skerry.bundle.Platform;
import dev.skerry.bundle.SigningKey;
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

    @Mixin
    ImageOptions host = new ImageOptions();

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
        host.check(output);
        Platform platform = host.standalone == null ? null : Platform.of(host.standalone);
        List<ContainerImage.Variant> variants = host.image == null ? List.of() : host.variants();
        Footprint footprint = host.footprint();
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
        Path root = config.folder().root();
        if (platform != null) {
            HostProgram program = HostProgram.of(bundle, footprint);
            Standalone.write(new Standalone.Request(
                    bundle.file(),
                    platform,
                    program.needed().jars(),
                    HostProgram.MAIN,
                    program.arguments(),
                    signer(bundle),
                    host.jdk(platform),
                    program.needed().modules(),
                    footprint,
                    root,
                    out));
        }
        Path imageFile = host.image;
        ContainerImage.Written image = imageFile == null ? null : image(bundle, variants, footprint, root, imageFile);
        if (common.json) {
            var json = StepJson.bundle(bundle).put("schema", "skerry.pack/1");
            if (images != null) {
                json.set("firmware", FirmwareOptions.json(packages));
            }
            if (platform != null) {
                json.put("standalone", out.toString());
            }
            if (image != null && imageFile != null) {
                json.set("image", HostProgram.json(image, imageFile));
            }
            context.printJson(json);
        } else if (image != null && imageFile != null) {
            context.terminal().out().print(HostProgram.text(image, imageFile));
            context.next("skerry verify " + imageFile);
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

    private ContainerImage.Written image(
            PackedBundle bundle, List<ContainerImage.Variant> variants, Footprint footprint, Path root, Path to) {
        HostProgram program = HostProgram.of(bundle, footprint);
        return ContainerImage.write(
                new ContainerImage.Request(
                        bundle.file(),
                        variants,
                        program.needed().jars(),
                        program.needed().modules(),
                        HostProgram.MAIN,
                        program.arguments(),
                        footprint,
                        signer(bundle),
                        root,
                        to),
                SigningKey.loadOrCreate(bundle.key()),
                what -> context.terminal().err().println("… " + what));
    }

    /** A device has no keys of its own that it could trust. */
    private static Path signer(PackedBundle bundle) {
        return bundle.key().resolveSibling(bundle.key().getFileName() + ".pub");
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
