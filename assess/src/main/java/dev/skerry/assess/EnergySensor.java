package dev.skerry.assess;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a machine says how much energy it takes: RAPL's counters of processor packages and memory, the socket counters of AMD's hwmon
 * driver, or a power sensor (INA) on the board.
 *
 * @see <a href="https://docs.kernel.org/power/powercap/powercap.html">Linux: power capping framework</a>
 * @see <a href="https://docs.kernel.org/hwmon/sysfs-interface.html">Linux: hwmon sysfs interface</a>
 */
sealed interface EnergySensor {
    /** What is measured, in words. */
    String what();

    /** A counter of joules that goes up, and begins anew where it has come to its end. */
    record Counters(String what, List<Counter> counters) implements EnergySensor {}

    /** Power at the moment. */
    record Powers(String what, List<Power> powers) implements EnergySensor {}

    /** @param rangeMicrojoules what a counter goes up to; 0 where it doesn't begin anew */
    record Counter(Path file, long rangeMicrojoules) {}

    /** The product of its files, each in thousandths or millionths of the unit. */
    record Power(List<Path> files, double scale) {}

    /** What was found. */
    sealed interface Finding {
        record Found(EnergySensor sensor) implements Finding {}

        record Missing(String why) implements Finding {}
    }

    /** @param sys where sysfs is mounted */
    static Finding find(Path sys) {
        var refused = new ArrayList<Path>();
        return rapl(sys, refused)
                .or(() -> sockets(sys, refused))
                .or(() -> board(sys, refused))
                .<Finding>map(Finding.Found::new)
                .orElseGet(() -> new Finding.Missing(
                        refused.isEmpty()
                                ? "there is no RAPL under /sys/class/powercap, and no energy or power sensor under"
                                        + " /sys/class/hwmon"
                                : "this user may not read " + refused.getFirst()
                                        + " (as root: chmod a+r, or run as root)"));
    }

    /** Packages and memory; what is within a package is in its counter already. */
    private static Optional<EnergySensor> rapl(Path sys, List<Path> refused) {
        var counters = new ArrayList<Counter>();
        var names = new ArrayList<String>();
        for (Path zone : children(sys.resolve("class/powercap"), "intel-rapl:\\d+(:\\d+)?")) {
            String name = text(zone.resolve("name")).orElse("");
            if (name.startsWith("package") || name.equals("dram")) {
                counter(zone.resolve("energy_uj"), refused).ifPresent(file -> {
                    counters.add(new Counter(
                            file, number(zone.resolve("max_energy_range_uj")).orElse(0)));
                    names.add(name);
                });
            }
        }
        return counters.isEmpty()
                ? Optional.empty()
                : Optional.of(new Counters("RAPL: " + String.join(", ", names), counters));
    }

    private static Optional<EnergySensor> sockets(Path sys, List<Path> refused) {
        var counters = new ArrayList<Counter>();
        for (Path chip : children(sys.resolve("class/hwmon"), "hwmon\\d+")) {
            for (Path file : children(chip, "energy\\d+_input")) {
                String label = text(sibling(file, "_input", "_label")).orElse("");
                if (label.startsWith("Esocket")) {
                    counter(file, refused).ifPresent(readable -> counters.add(new Counter(readable, 0)));
                }
            }
        }
        return counters.isEmpty()
                ? Optional.empty()
                : Optional.of(new Counters("hwmon: " + counters.size() + " processor sockets", counters));
    }

    /** The channel that is the whole board where one is called so, else all. */
    private static Optional<EnergySensor> board(Path sys, List<Path> refused) {
        var powers = new ArrayList<Power>();
        var names = new ArrayList<String>();
        for (Path chip : children(sys.resolve("class/hwmon"), "hwmon\\d+")) {
            String name = text(chip.resolve("name")).orElse("");
            if (!name.startsWith("ina")) {
                continue;
            }
            for (Path file : children(chip, "power\\d+_input")) {
                counter(file, refused).ifPresent(readable -> {
                    powers.add(new Power(List.of(readable), 1e-6));
                    names.add(text(sibling(readable, "_input", "_label")).orElse(name));
                });
            }
            if (powers.isEmpty()) {
                for (Path volts : children(chip, "in\\d+_input")) {
                    Path current =
                            volts.resolveSibling(volts.getFileName().toString().replaceFirst("^in", "curr"));
                    if (Files.exists(current) && counter(volts, refused).isPresent()) {
                        powers.add(new Power(List.of(volts, current), 1e-6));
                        names.add(text(sibling(volts, "_input", "_label")).orElse(name));
                    }
                }
            }
        }
        if (powers.isEmpty()) {
            return Optional.empty();
        }
        var whole = Pattern.compile("(?i)(vdd_in|.*5v_in|vin|total|.*_sys_in)");
        for (int i = 0; i < names.size(); i++) {
            if (whole.matcher(names.get(i)).matches()) {
                return Optional.of(new Powers("power sensor: " + names.get(i), List.of(powers.get(i))));
            }
        }
        return Optional.of(new Powers("power sensors: " + String.join(" + ", names), powers));
    }

    private static Optional<Path> counter(Path file, List<Path> refused) {
        try {
            Long.parseLong(Files.readString(file).strip());
            return Optional.of(file);
        } catch (AccessDeniedException denied) {
            refused.add(file);
            return Optional.empty();
        } catch (IOException | NumberFormatException unusable) {
            return Optional.empty();
        }
    }

    private static Path sibling(Path file, String end, String other) {
        String name = file.getFileName().toString();
        return file.resolveSibling(name.substring(0, name.length() - end.length()) + other);
    }

    /** Sorted by name; none where there is no such folder. */
    private static List<Path> children(Path folder, String name) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .sorted()
                    .toList();
        } catch (IOException absent) {
            return List.of();
        }
    }

    private static Optional<String> text(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    /** The content of a file that holds a whole number. */
    static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException unusable) {
            return OptionalLong.empty();
        }
    }
}
