package dev.skerry.cli;

import dev.skerry.firmware.Cycles;
import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.DeviceRun;
import dev.skerry.firmware.Firmware;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/** What compiled code takes of a device as one page: where the instructions, the memory and the flash go. */
final class CompilePage {
    private static final int FUNCTIONS = 12;

    private final Compiled compiled;
    private final List<Firmware.Step> steps;

    CompilePage(Compiled compiled) {
        this.compiled = compiled;
        steps = compiled.firmware().steps();
    }

    String render() {
        Firmware firmware = compiled.firmware();
        var page = new HtmlPage(firmware.prefix() + " for " + firmware.target().label());
        page.paragraph("%d layers, %s multiply-accumulates, an arena of %,d bytes, %,d bytes of constants."
                .formatted(
                        steps.size(),
                        Quantity.count(firmware.macs()),
                        firmware.arenaBytes(),
                        firmware.constantBytes()));
        CompileText.facts(compiled).forEach(fact -> page.paragraph(capital(fact) + "."));
        DeviceRun run = compiled.run();
        if (run != null && !run.layers().isEmpty()) {
            page.heading("Instructions by layer")
                    .plot(bars(index -> run.layers().get(index).instructions(), ""))
                    .faint(
                            "One by one, by what ran under QEMU. Marks of the layers' ends take a few instructions more than the"
                                    + " whole has.");
        }
        page.heading("Layers")
                .table(
                        headings(),
                        IntStream.range(0, steps.size()).mapToObj(this::row).toList());
        page.heading("RAM over time")
                .plot(ArenaPlot.of(firmware.places(), firmware.arenaBytes(), steps.size()))
                .faint(
                        "Each bar is a value: where it lies in the arena, and in which layers it is needed; what a layer needs"
                                + " for itself is darker. Where bars overlap, an output lies over its input. Whole values need at"
                                + " least %,d bytes.".formatted(firmware.arenaBound()));
        flash(page);
        return page.render();
    }

    private static String capital(String sentence) {
        return sentence.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + sentence.substring(1);
    }

    private void flash(HtmlPage page) {
        page.heading("Flash by layer").plot(bars(index -> steps.get(index).constantBytes(), " B"));
        DeviceBuild.Sizes sizes = compiled.sizes();
        if (sizes == null) {
            return;
        }
        int code =
                sizes.functions().values().stream().mapToInt(Integer::intValue).sum();
        int rest = sizes.flashBytes() - code - compiled.firmware().constantBytes();
        page.faint(
                "Constants %,d bytes, code %,d, the rest %,d: tables of the kernels, shapes, what variables begin with."
                        .formatted(compiled.firmware().constantBytes(), code, rest));
        page.table(
                List.of("function", "bytes of code"),
                sizes.functions().entrySet().stream()
                        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                        .limit(FUNCTIONS)
                        .map(entry -> List.of(entry.getKey(), "%,d".formatted(entry.getValue())))
                        .toList());
    }

    private List<String> headings() {
        var headings = new ArrayList<>(List.of("", "layer", "kernel", "shape", "MACs", "constants"));
        if (compiled.layer(0) != null) {
            headings.addAll(List.of("instructions", "each MAC", "cycles (estimate)"));
        }
        return headings;
    }

    private List<String> row(int index) {
        Firmware.Step step = steps.get(index);
        var row = new ArrayList<>(List.of(
                Integer.toString(index + 1),
                step.name(),
                step.kernel(),
                step.shape(),
                step.macs() == 0 ? "–" : Quantity.count(step.macs()),
                step.constantBytes() == 0 ? "–" : "%,d B".formatted(step.constantBytes())));
        DeviceRun.Layer run = compiled.layer(index);
        if (run != null) {
            Cycles cycles = run.cycles();
            row.add("%,d".formatted(run.instructions()));
            row.add(Compiled.each(run.instructions(), step.macs()));
            row.add(cycles == null ? "–" : Compiled.cycles(cycles));
        }
        return row;
    }

    private String bars(ToLongFunction<Integer> value, String unit) {
        var bars = new ArrayList<Plot.Bar>();
        double most = 1;
        for (int i = 0; i < steps.size(); i++) {
            long count = value.applyAsLong(i);
            double bar = (double) count;
            most = Math.max(most, bar);
            String text = unit.isEmpty() ? Quantity.count(count) : "%,d".formatted(count) + unit;
            bars.add(new Plot.Bar(LayerPlot.shortened(steps.get(i).name()), bar, bar, bar, text, false));
        }
        return Plot.bars(bars, 0, most);
    }
}
