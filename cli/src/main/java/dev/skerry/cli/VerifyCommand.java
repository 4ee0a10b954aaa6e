package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.ContainerImage;
import dev.skerry.bundle.FirmwarePackage;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ObjectNode;

@Command(
        name = "verify",
        description =
                "Check every byte and the signature of a bundle, container image or firmware package, and name what was checked.")
final class VerifyCommand implements Callable<Integer> {
    private final Context context;

    @Parameters(paramLabel = "BUNDLE", description = "A .tar or a folder in OCI layout, or a firmware package.")
    Path bundle = Path.of("");

    @Option(
            names = "--trusted",
            paramLabel = "KEY.pub",
            description = "Public keys to trust; those beside your own keys where it isn't given.")
    List<Path> trusted = List.of();

    @Option(
            names = "--here",
            description =
                    "Measure the bundle on this device too: hold every runtime to its golden vectors, and take the best.")
    boolean here;

    @Option(
            names = "--record",
            paramLabel = "FILE.json",
            description = "With --here: write what was measured, for 'skerry pack --measured'.")
    @Nullable
    Path record;

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description = "With --here: how long to measure; 3 where it isn't given.")
    long seconds = 3;

    @Mixin
    CommonOptions common = new CommonOptions();

    VerifyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        boolean isFirmware = FirmwarePackage.isOne(bundle);
        requireSensible(isFirmware);
        Targets.requireNoStandalone(bundle, "verify");
        TrustedKeys keys = Trust.keys(context, trusted);
        boolean isImage = !isFirmware && ContainerImage.isOne(bundle);
        Verification verification = isFirmware
                ? FirmwarePackage.verify(bundle, keys)
                : isImage ? ContainerImage.verify(bundle, keys) : Bundle.verify(bundle, keys);
        if (here && !isImage && verification instanceof Verification.Verified) {
            return new MeasuredHere(context, common.json)
                    .show(bundle, verification, Duration.ofSeconds(seconds), record);
        }
        if (common.json) {
            ObjectNode json = Context.JSON
                    .createObjectNode()
                    .put("schema", "skerry.verify/1")
                    .put("verified", verification instanceof Verification.Verified);
            verification.checks().forEach(json.putArray("checks")::add);
            switch (verification) {
                case Verification.Verified verified -> {
                    json.put("digest", verified.digest().text());
                    verified.signers().forEach(json.putArray("signers")::add);
                }
                case Verification.Refused refused -> json.set("problem", Skerry.json(refused.problem()));
            }
            context.printJson(json);
        } else {
            for (String check : verification.checks()) {
                context.terminal()
                        .out()
                        .println("  " + context.terminal().styled(Terminal.Style.GOOD, "✓") + " " + check);
            }
        }
        return switch (verification) {
            case Verification.Verified verified -> {
                if (!common.json) {
                    context.terminal()
                            .out()
                            .println("verified  " + verified.digest() + "\n  signed by "
                                    + String.join(", ", verified.signers()));
                    context.next(
                            isFirmware
                                    ? "skerry bootloader --help"
                                    : isImage ? HostProgram.load(bundle) : "skerry run " + bundle);
                }
                yield 0;
            }
            case Verification.Refused refused -> Skerry.show(context, refused.problem(), false);
        };
    }

    private void requireSensible(boolean isFirmware) {
        if (here && isFirmware) {
            throw Problem.usage("usage", "--here is for bundles, and this is a firmware package")
                    .at(bundle.toString())
                    .attempt("skerry compile --run qemu")
                    .toException();
        }
        if (record != null && !here) {
            throw Problem.usage("usage", "--record needs --here").toException();
        }
        if (seconds < 1) {
            throw Problem.usage("usage", "--seconds: " + seconds + " is not a time")
                    .attempt("--seconds 3")
                    .toException();
        }
        Pages.requireWritable("--record", record);
    }
}
