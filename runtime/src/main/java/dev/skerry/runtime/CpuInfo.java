package dev.skerry.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc/cpuinfo} says. On x86 it has {@code model name} and {@code flags}; on Arm {@code Features} and the part
 * numbers of cores, which differ between the clusters of one chip, and at its end often the board's name.
 *
 * @param cpu the processor's name, for people
 * @param processors how many it lists
 * @param features that all processors have
 */
record CpuInfo(String cpu, int processors, SortedSet<String> features) {
    /** Part numbers of Arm Ltd. (implementer 0x41) by the Main ID Register of each core's technical reference manual. */
    private static final Map<Integer, String> ARM_PARTS = Map.ofEntries(
            Map.entry(0xb76, "ARM1176"),
            Map.entry(0xc07, "Cortex-A7"),
            Map.entry(0xc08, "Cortex-A8"),
            Map.entry(0xc09, "Cortex-A9"),
            Map.entry(0xc0f, "Cortex-A15"),
            Map.entry(0xd03, "Cortex-A53"),
            Map.entry(0xd04, "Cortex-A35"),
            Map.entry(0xd05, "Cortex-A55"),
            Map.entry(0xd07, "Cortex-A57"),
            Map.entry(0xd08, "Cortex-A72"),
            Map.entry(0xd09, "Cortex-A73"),
            Map.entry(0xd0a, "Cortex-A75"),
            Map.entry(0xd0b, "Cortex-A76"),
            Map.entry(0xd0c, "Neoverse-N1"),
            Map.entry(0xd0d, "Cortex-A77"),
            Map.entry(0xd40, "Neoverse-V1"),
            Map.entry(0xd41, "Cortex-A78"),
            Map.entry(0xd42, "Cortex-A78AE"),
            Map.entry(0xd46, "Cortex-A510"),
            Map.entry(0xd47, "Cortex-A710"),
            Map.entry(0xd49, "Neoverse-N2"),
            Map.entry(0xd4d, "Cortex-A715"),
            Map.entry(0xd4f, "Neoverse-V2"),
            Map.entry(0xd80, "Cortex-A520"),
            Map.entry(0xd81, "Cortex-A720"));

    static CpuInfo parse(String text) {
        var processors = new ArrayList<Map<String, String>>();
        String board = "";
        String soc = "";
        String common = "";
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                continue;
            }
            String key = line.substring(0, colon).strip();
            String value = line.substring(colon + 1).strip();
            switch (key) {
                case "processor" -> processors.add(new LinkedHashMap<>());
                // at the end of the file, about the machine rather than a processor
                case "Model" -> board = value;
                case "Hardware" -> soc = value;
                default -> {
                    if (!processors.isEmpty()) {
                        processors.getLast().put(key.toLowerCase(Locale.ROOT), value);
                    } else if (key.equals("model name") || key.equals("Processor")) {
                        common = value;
                    }
                }
            }
        }
        return new CpuInfo(name(processors, common, board, soc), processors.size(), features(processors));
    }

    private static String name(List<Map<String, String>> processors, String common, String board, String soc) {
        String cores = processors.stream()
                .map(CpuInfo::core)
                .filter(core -> !core.isEmpty())
                .collect(Collectors.groupingBy(core -> core, LinkedHashMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getValue() == processors.size()
                        ? entry.getKey()
                        : entry.getValue() + " × " + entry.getKey())
                .collect(Collectors.joining(" + "));
        String name = cores.isEmpty() ? common.isEmpty() ? soc : common : cores;
        return board.isEmpty() ? name : name.isEmpty() ? board : board + ", " + name;
    }

    /** The name of the core; a 32-bit Arm kernel calls all cores alike, so the part number goes first. */
    private static String core(Map<String, String> processor) {
        String part = armPart(processor);
        return part != null ? part : processor.getOrDefault("model name", "");
    }

    private static @Nullable String armPart(Map<String, String> processor) {
        String implementer = processor.getOrDefault("cpu implementer", "");
        String part = processor.getOrDefault("cpu part", "");
        if (!implementer.equals("0x41") || !part.matches("0x[0-9a-fA-F]{1,4}")) {
            return part.isEmpty() ? null : "core " + implementer + "/" + part;
        }
        return ARM_PARTS.getOrDefault(Integer.parseInt(part.substring(2), 16), "Arm core " + part);
    }

    private static SortedSet<String> features(List<Map<String, String>> processors) {
        var all = new TreeSet<String>();
        boolean first = true;
        for (Map<String, String> processor : processors) {
            String words = processor.getOrDefault("flags", processor.getOrDefault("features", ""));
            if (words.isEmpty()) {
                continue;
            }
            List<String> own = List.of(words.split("\\s+"));
            if (first) {
                all.addAll(own);
                first = false;
            } else {
                all.retainAll(own);
            }
        }
        return all;
    }
}
