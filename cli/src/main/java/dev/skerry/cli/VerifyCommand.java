package dev.skerry.cli;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.ContainerImage;
import dev.skerry.bundle.FirmwarePackage;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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

    @Mixin
    CommonOptions common = new CommonOptions();

    VerifyCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        boolean isFirmware = FirmwarePackage.isOne(bundle);
        TrustedKeys keys = Trust.keys(context, trusted);
        boolean isImage = !isFirmware && ContainerImage.isOne(bundle);
        Verification verification = isFirmware
                ? FirmwarePackage.verify(bundle, keys)
                : isImage ? ContainerImage.verify(bundle, keys) : Bundle.verify(bundle, keys);
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
}
