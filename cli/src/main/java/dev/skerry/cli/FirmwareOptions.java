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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;

/** Signed firmware packages beside a bundle, one for each slot of the device. */
final class FirmwareOptions {
    /** In the place of the bundle's digest until there is one. */
    private static final Digest NOT_PACKED_YET = Digest.of(new byte[0]);

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
            names = "--program",
            paramLabel = "FILE",
            description =
                    "Packs a program of your own for slot A, and given twice one for slot B, instead of building one.")
    List<Path> images = List.of();

    /** A package that was written. */
    record Written(Slot slot, Path file, FirmwareLabel label, long bytes, Digest digest) {}

    /** Images that wait for the bundle to which they belong. */
    static final class Prepared {
        private final Map<Slot, FirmwareLabel> labels;
        private final Map<Slot, byte[]> images;

        private Prepared(Map<Slot, FirmwareLabel> labels, Map<Slot, byte[]> images) {
            this.labels = labels;
            this.images = images;
        }

        /** Signs the images with the bundle's key and writes them beside it. */
        List<Written> write(PackedBundle bundle) {
            SigningKey key = SigningKey.loadOrCreate(bundle.key());
            String base = String.valueOf(
                            bundle.file().toAbsolutePath().normalize().getFileName())
                    .replaceFirst("\\.tar$", "");
            var written = new ArrayList<Written>();
            labels.forEach((slot, draft) -> {
                FirmwareLabel label = draft.withBundle(bundle.digest());
                byte[] signed = FirmwarePackage.sign(label, Objects.requireNonNull(images.get(slot)), key);
                Path file = bundle.file().resolveSibling(base + "." + slot.label() + ".signed.bin");
                FirmwarePackage.write(signed, file);
                switch (FirmwarePackage.verify(file, TrustedKeys.of(key))) {
                    case Verification.Verified verified ->
                        written.add(new Written(slot, file, label, signed.length, verified.digest()));
                    case Verification.Refused refused -> throw refused.problem().toException();
                }
            });
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

    /** Builds the images, or reads those that were given, so that what can't be packed is known before anything is. */
    Prepared prepare(ProjectConfig config) {
        Target target = memory.target();
        FlashLayout layout = memory.layout();
        String text = version;
        FirmwareVersion number = FirmwareVersion.parse(text == null ? config.version() : text);
        long least = counter == null ? 0 : counter;
        Map<Slot, byte[]> built = images.isEmpty() ? build(config, target, layout) : read();
        Map<Slot, FirmwareLabel> labels = new EnumMap<>(Slot.class);
        long room = layout.at(FlashLayout.Part.SLOT_BYTES) - FirmwarePackage.OVERHEAD_BYTES;
        built.forEach((slot, image) -> {
            var label = new FirmwareLabel(target.label(), layout.slot(slot), number, least, NOT_PACKED_YET);
            FirmwarePackage.requireRunnable(label, image);
            if (image.length > room) {
                throw Problem.usage("firmware.memory", "the image doesn't fit its slot or the RAM")
                        .because("it has %d bytes, and beside its package there are %d".formatted(image.length, room))
                        .attempt("--memory slot-bytes=…")
                        .toException();
            }
            labels.put(slot, label);
        });
        return new Prepared(labels, built);
    }

    private static Map<Slot, byte[]> build(ProjectConfig config, Target target, FlashLayout layout) {
        Firmware compiled =
                Firmware.of(ModelFile.read(config.model()), "model " + config.name(), config.dims(), target);
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
            throw Problem.usage("usage", "--program is given " + images.size() + " times, and there are two slots")
                    .toException();
        }
        var read = new EnumMap<Slot, byte[]>(Slot.class);
        Iterator<Path> given = images.iterator();
        for (Slot slot : Slot.values()) {
            if (given.hasNext()) {
                read.put(slot, read(given.next()));
            }
        }
        return read;
    }

    private static byte[] read(Path image) {
        try {
            return Files.readAllBytes(image);
        } catch (IOException e) {
            throw Problem.usage("package.image", "the image can't be read")
                    .at(image.toString())
                    .because(e.getMessage())
                    .toException();
        }
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
