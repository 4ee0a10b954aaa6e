package dev.skerry.cli;

import dev.skerry.bundle.ContainerImage;
import dev.skerry.bundle.Footprint;
import dev.skerry.bundle.Platform;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** For which platforms, from what JDK and what system, and for how much memory. */
final class ImageOptions {
    @Option(
            names = "--image",
            paramLabel = "OUT",
            description = "A .tar or a folder: a signed container image in OCI layout, without a daemon.")
    @Nullable
    Path image;

    @Option(
            names = "--standalone",
            paramLabel = "PLATFORM",
            description = "linux-x64 or linux-arm64: bundle, runner and that platform's libraries in one folder.")
    @Nullable
    String standalone;

    @Option(
            names = "--platform",
            paramLabel = "PLATFORM",
            split = ",",
            description = "With --image: linux-x64, linux-arm64 or both; this machine's where it isn't given.")
    List<String> platforms = List.of();

    @Option(
            names = "--jdk",
            paramLabel = "[PLATFORM=]DIR",
            description =
                    "Include a runtime made from this JDK of that platform; an image takes the one here for its own.")
    List<String> jdks = List.of();

    @Option(
            names = "--base",
            paramLabel = "[PLATFORM=]DIR",
            description =
                    "With --image: root of a Linux system whose C library goes along; this one for its own platform.")
    List<String> bases = List.of();

    @Option(
            names = "--emulator",
            paramLabel = "[PLATFORM=]COMMAND",
            description = "With --image: runs that platform's programs here, such as qemu-aarch64.")
    List<String> emulators = List.of();

    @Option(names = "--device-memory", paramLabel = "MB", description = "How much the device has in all, such as 256.")
    @Nullable
    Integer memory;

    Footprint footprint() {
        return memory == null ? Footprint.ROOMY : Footprint.of(memory);
    }

    /** Refuses options without the one that they belong to. */
    void check(@Nullable Path output) {
        if (standalone != null && output == null) {
            throw Problem.usage("pack.output", "--standalone needs -o with a folder or a .tar")
                    .attempt("-o dist")
                    .toException();
        }
        if (image == null && standalone == null) {
            require(jdks.isEmpty(), "--jdk", "--standalone or --image");
            require(memory == null, "--device-memory", "--standalone or --image");
        }
        if (image == null) {
            require(platforms.isEmpty(), "--platform", "--image");
            require(bases.isEmpty(), "--base", "--image");
            require(emulators.isEmpty(), "--emulator", "--image");
        }
    }

    private static void require(boolean fits, String option, String with) {
        if (!fits) {
            throw Problem.usage("pack.option", option + " needs " + with)
                    .attempt("skerry pack --help")
                    .toException();
        }
    }

    /** The JDK for a standalone folder; null where the device has Java. */
    @Nullable
    Path jdk(Platform platform) {
        String found = byPlatform("--jdk", jdks, platform).get(platform);
        return found == null ? null : Path.of(found);
    }

    /** What an image is made of, platform by platform. */
    List<ContainerImage.Variant> variants() {
        @Nullable Platform here = Platform.here().orElse(null);
        var wanted = new TreeSet<Platform>();
        platforms.forEach(id -> wanted.add(Platform.of(id)));
        if (wanted.isEmpty() && here != null) {
            wanted.add(here);
        }
        if (wanted.isEmpty()) {
            throw Problem.usage("pack.option", "no platform for the image")
                    .because("this machine's own is none that images are written for")
                    .attempt("--platform linux-x64 with --jdk and --base for it")
                    .toException();
        }
        Platform only = here != null ? here : wanted.first();
        Map<Platform, String> jdk = byPlatform("--jdk", jdks, only);
        Map<Platform, String> base = byPlatform("--base", bases, only);
        Map<Platform, String> emulator = byPlatform("--emulator", emulators, wanted.last());
        var variants = new ArrayList<ContainerImage.Variant>();
        for (Platform platform : wanted) {
            boolean own = platform == here;
            variants.add(new ContainerImage.Variant(
                    platform,
                    Path.of(given("--jdk", "a JDK 25", platform, jdk, own ? System.getProperty("java.home") : null)),
                    Path.of(given("--base", "the root of a Linux system", platform, base, own ? "/" : null)),
                    emulator.get(platform)));
        }
        return variants;
    }

    private static String given(
            String option, String what, Platform platform, Map<Platform, String> all, @Nullable String otherwise) {
        String found = all.getOrDefault(platform, otherwise);
        if (found == null) {
            throw Problem.usage("pack.option", option + " is missing for " + platform.id())
                    .because("this machine has none of that platform")
                    .attempt(option + " " + platform.id() + "=DIR with " + what + " for it")
                    .toException();
        }
        return found;
    }

    private static Map<Platform, String> byPlatform(String option, List<String> values, Platform otherwise) {
        var all = new EnumMap<Platform, String>(Platform.class);
        for (String value : values) {
            int equals = value.indexOf('=');
            boolean named = equals > 0 && !value.substring(0, equals).contains("/");
            Platform platform = named ? Platform.of(value.substring(0, equals)) : otherwise;
            if (all.put(platform, value.substring(named ? equals + 1 : 0)) != null) {
                throw Problem.usage("pack.option", option + " is there twice for " + platform.id())
                        .toException();
            }
        }
        return all;
    }
}
