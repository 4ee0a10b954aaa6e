package dev.skerry.runner;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which runtime executes a bundle's model on this machine: what was measured here, else what the bundle says was measured on a machine
 * of this class, else what it was packed for. What was measured here lies beside the unpacked bundle, since it isn't signed; it can only
 * choose among what the bundle brings.
 *
 * @param why in words, for people
 */
public record Chosen(String runtime, int threads, String why) {
    private static final String SUFFIX = ".here.json";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** For a bundle that was unpacked into a folder. */
    public static Chosen of(Path unpacked, BundleManifest.RuntimeChoice packed, Device device) {
        DeviceClass here = DeviceClass.of(device);
        return kept(unpacked, packed, here)
                .or(() -> packed.measured(here.arch(), here.features())
                        .map(measured -> measured.timings().getFirst())
                        .map(timing -> new Chosen(
                                timing.runtime(),
                                Math.min(timing.threads(), Math.max(1, device.cores())),
                                "measured on a machine of this class, " + here.label())))
                .orElseGet(() -> new Chosen(
                        packed.runtime(), packed.threads(), "as packed; nothing was measured on " + here.label()));
    }

    /** Whether something was measured on this machine, or on one of its class. */
    public static boolean isMeasured(Path unpacked, BundleManifest.RuntimeChoice packed, Device device) {
        DeviceClass here = DeviceClass.of(device);
        return kept(unpacked, packed, here).isPresent()
                || packed.measured(here.arch(), here.features()).isPresent();
    }

    /** Keeps what was measured here. */
    public void keep(Path unpacked, Device device) throws IOException {
        Path file = place(unpacked);
        Path draft = Files.createTempFile(file.toAbsolutePath().getParent(), "here", ".draft");
        Files.writeString(
                draft,
                JSON.writeValueAsString(JSON.createObjectNode()
                        .put("class", DeviceClass.of(device).label())
                        .put("cpu", device.cpu())
                        .put("runtime", runtime)
                        .put("threads", threads)));
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The model in the runtime's own format, where the bundle brings it. */
    Path file(Path bundle, BundleManifest manifest) {
        return bundle.resolve(
                runtime.equals("tflite")
                        ? manifest.fileOf(BundleManifest.TFLITE).orElse(manifest.model())
                        : manifest.model());
    }

    private static Optional<Chosen> kept(Path unpacked, BundleManifest.RuntimeChoice packed, DeviceClass here) {
        try {
            JsonNode json = JSON.readTree(Files.readString(place(unpacked)));
            String runtime = json.path("runtime").asString("");
            int threads = json.path("threads").asInt(0);
            boolean good = json.path("class").asString("").equals(here.label())
                    && usable(packed).contains(runtime)
                    && threads >= 1
                    && threads <= 4096;
            return good ? Optional.of(new Chosen(runtime, threads, "measured on this machine")) : Optional.empty();
        } catch (IOException | JacksonException nothing) {
            return Optional.empty();
        }
    }

    /** Runtimes that a bundle can feed: compiled code only where it brings its libraries. */
    private static Set<String> usable(BundleManifest.RuntimeChoice packed) {
        return Stream.of("onnxruntime", "tflite", "compiled-c")
                .filter(name ->
                        !name.equals("compiled-c") || !packed.libraries().isEmpty())
                .collect(Collectors.toSet());
    }

    private static Path place(Path unpacked) {
        Path folder = unpacked.toAbsolutePath().normalize();
        return folder.resolveSibling(folder.getFileName() + SUFFIX);
    }
}
