package dev.skerry.cli;

import dev.skerry.bundle.Digest;
import dev.skerry.bundle.FirmwareLabel;
import dev.skerry.bundle.FirmwarePackage;
import dev.skerry.bundle.FirmwareVersion;
import dev.skerry.bundle.SigningKey;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.FlashLayout;
import dev.skerry.firmware.Slot;
import dev.skerry.firmware.SlotImages;
import dev.skerry.firmware.Target;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import dev.skerry.project.PackedBundle;
import dev.skerry.project.ProjectConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** Signed firmware packages beside a bundle, one for each slot of the device. */
final class FirmwareOptions {
    @Option(
            names = "--firmware",
            description = "Also signed firmware packages of the model, in MCUboot's format, beside the bundle.")
    boolean firmware;

    @Mixin
    MemoryOptions memory = new MemoryOptions();

    @Option(
            names = "--firmware-version",
            paramLabel = "MAJOR.MINOR.REVISION+BUILD",
            description = "What devices compare; the project's version where it isn't given.")
    @Nullable
    String version;

    @Option(
            names = "--counter",
            paramLabel = "N",
            description =
                    "Against rollback: once a device has confirmed this image it refuses images with less. 0, which refuses none, where it isn't given.")
    @Nullable
    Long counter;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description =
                    "Packs a program of your own for slot A, and given twice one for slot B, instead of building one.")
    List<Path> images = List.of();

    /** A package that was written. */
    record Written(Slot slot, Path file, FirmwareLabel label, long bytes, Digest digest) {}

    /** Images that wait for the bundle to which they belong. */
    record Prepared(
            Target target, FlashLayout layout, FirmwareVersion version, long counter, Map<Slot, byte[]> images) {
        Prepared {
            images = Map.copyOf(images);
        }

        /** Signs the images with the bundle's key and writes them beside it. */
        List<Written> write(PackedBundle bundle) {
            SigningKey key = SigningKey.loadOrCreate(bundle.key());
            Path folder = bundle.file().toAbsolutePath().normalize();
            String base = String.valueOf(folder.getFileName()).replaceFirst("\\.tar$", "");
            var written = new ArrayList<Written>();
            for (Slot slot : Slot.values()) {
                byte[] image = images.get(slot);
                if (image == null) {
                    continue;
                }
                var label = new FirmwareLabel(target.label(), layout.slot(slot), version, counter, bundle.digest());
                byte[] signed = FirmwarePackage.sign(label, image, key);
                long room = layout.at(FlashLayout.Part.SLOT_BYTES);
                if (signed.length > room) {
                    throw Problem.usage("firmware.memory", "the package doesn't fit its slot")
                            .because(signed.length + " bytes for " + room)
                            .attempt("--memory slot-bytes=…")
                            .toException();
                }
                Path file = bundle.file().resolveSibling(base + "." + slot.label() + ".signed.bin");
                FirmwarePackage.write(signed, file);
                switch (FirmwarePackage.verify(file, TrustedKeys.of(key))) {
                    case Verification.Verified verified ->
                        written.add(new Written(slot, file, label, signed.length, verified.digest()));
                    case Verification.Refused refused -> throw refused.problem().toException();
                }
            }
            return written;
        }
    }

    /** Whether there are to be packages; a problem where only their details are given. */
    boolean isAsked() {
        boolean hasDetails = version != null || counter != null || !images.isEmpty() || memory.isGiven();
        if (hasDetails && !firmware) {
            throw Problem.usage("usage", "options of firmware packages, and no packages asked for")
                    .attempt("--firmware")
                    .toException();
        }
        return firmware;
    }

    /** Builds the images, or reads those that were given, so that a model that doesn't compile is known before anything is packed. */
    Prepared prepare(ProjectConfig config) {
        Target target = memory.target();
        FlashLayout layout = memory.layout();
        String text = version;
        return new Prepared(
                target,
                layout,
                FirmwareVersion.parse(text == null ? config.version() : text),
                counter == null ? 0 : counter,
                images.isEmpty() ? build(config, target, layout) : read());
    }

    private static Map<Slot, byte[]> build(ProjectConfig config, Target target, FlashLayout layout) {
        Firmware compiled = Firmware.of(ModelFile.read(config.model()), config.name(), config.dims(), target);
        Path folder = config.folder().work().resolve("firmware");
        try {
            return SlotImages.build(compiled, layout, folder);
        } catch (IOException e) {
            throw Problem.environment("project.work", "the firmware can't be written")
                    .at(folder.toString())
                    .because(e.getMessage())
                    .toException();
        }
    }

    private Map<Slot, byte[]> read() {
        if (images.size() > Slot.values().length) {
            throw Problem.usage("usage", "--image is given " + images.size() + " times, and there are two slots")
                    .toException();
        }
        var read = new EnumMap<Slot, byte[]>(Slot.class);
        for (int i = 0; i < images.size(); i++) {
            try {
                read.put(Slot.values()[i], Files.readAllBytes(images.get(i)));
            } catch (IOException e) {
                throw Problem.usage("package.image", "the image can't be read")
                        .at(images.get(i).toString())
                        .because(e.getMessage())
                        .toException();
            }
        }
        return read;
    }

    static String text(List<Written> packages) {
        var text = new StringBuilder();
        for (Written each : packages) {
            text.append("firmware  %s, %s, %s at 0x%08x%n"
                    .formatted(each.file, Quantity.bytes(each.bytes), each.label.target(), each.label.slot()));
        }
        if (!packages.isEmpty()) {
            FirmwareLabel label = packages.getFirst().label;
            text.append("  version %s, counter %d, of bundle %s%n"
                    .formatted(label.version(), label.counter(), label.bundle()));
        }
        return text.toString();
    }

    static ArrayNode json(List<Written> packages) {
        ArrayNode json = Context.JSON.createArrayNode();
        packages.forEach(each -> json.addObject()
                .put("slot", each.slot.label())
                .put("file", each.file.toString())
                .put("target", each.label.target())
                .put("address", each.label.slot())
                .put("version", each.label.version().toString())
                .put("counter", each.label.counter())
                .put("bytes", each.bytes)
                .put("digest", each.digest.text()));
        return json;
    }
}
