package dev.skerry.cli;

import dev.skerry.firmware.FlashLayout;
import dev.skerry.firmware.Target;
import dev.skerry.problem.Problem;
import dev.skerry.project.Units;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** For which device, and where things lie on it, as options. */
final class MemoryOptions {
    private static final String ADDRESS = "0x";

    @Option(names = "--target", paramLabel = "TARGET", description = "The core: cortex-m4.")
    @Nullable
    String target;

    @Option(
            names = "--memory",
            paramLabel = "PART=VALUE",
            split = ",",
            description =
                    "Where things lie: boot, state, slot-a, slot-b, ram as addresses, boot-bytes, page-bytes, slot-bytes, ram-bytes as sizes. "
                            + "Without it QEMU's mps2-an386.")
    Map<String, String> memory = new LinkedHashMap<>();

    boolean isGiven() {
        return target != null || !memory.isEmpty();
    }

    Target target() {
        return target == null ? Target.CORTEX_M4 : Words.enumOf("--target", target, Target.values(), Target::label);
    }

    FlashLayout layout() {
        var given = new EnumMap<FlashLayout.Part, Long>(FlashLayout.Part.class);
        memory.forEach((name, text) -> given.put(
                Words.enumOf("--memory", name, FlashLayout.Part.values(), FlashLayout.Part::label),
                number(name, text)));
        return FlashLayout.of(given);
    }

    /** Data sheets write addresses in hexadecimal, and sizes in 1024s with a K for it. */
    private static long number(String name, String text) {
        if (text.startsWith(ADDRESS)) {
            try {
                return Long.parseLong(text.substring(ADDRESS.length()), 16);
            } catch (NumberFormatException wrong) {
                throw wrong(name, text);
            }
        }
        OptionalDouble bytes = Units.bytes(text.replaceFirst("(?i)([kmg])$", "$1iB"));
        if (bytes.isEmpty() || bytes.getAsDouble() != Math.rint(bytes.getAsDouble())) {
            throw wrong(name, text);
        }
        return (long) bytes.getAsDouble();
    }

    private static RuntimeException wrong(String name, String text) {
        return Problem.usage("usage", "--memory " + name + ": '" + text + "' is no address and no size")
                .attempt("0x08010000, or 512K")
                .toException();
    }
}
