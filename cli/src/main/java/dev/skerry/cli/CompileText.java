package dev.skerry.cli;

import dev.skerry.firmware.Cycles;
import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.DeviceRun;
import dev.skerry.firmware.Firmware;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What {@code compile} prints. */
final class CompileText {
    private CompileText() {}

    static String of(Compiled compiled) {
        Firmware firmware = compiled.firmware();
        var text = new StringBuilder(layers(compiled));
        text.append("  arena %d bytes, input and output inside (whole values alone need %d)%n"
                .formatted(firmware.arenaBytes(), firmware.arenaBound()));
        text.append(
                "  constants %d bytes, %s MACs%n".formatted(firmware.constantBytes(), Quantity.count(firmware.macs())));
        facts(compiled).forEach(fact -> text.append("  ").append(fact).append(System.lineSeparator()));
        return text.toString();
    }

    private static String layers(Compiled compiled) {
        boolean isCounted = compiled.layer(0) != null;
        var headings = new ArrayList<>(List.of("layer", "kernel", "shape", "MACs", "constants"));
        if (isCounted) {
            headings.addAll(List.of("instructions", "each MAC"));
        }
        var table = new Table(headings.toArray(String[]::new));
        List<Firmware.Step> steps = compiled.firmware().steps();
        for (int i = 0; i < steps.size(); i++) {
            Firmware.Step step = steps.get(i);
            DeviceRun.Layer run = compiled.layer(i);
            Stream<String> counted = run == null
                    ? Stream.of()
                    : Stream.of(Quantity.count(run.instructions()), Compiled.each(run.instructions(), step.macs()));
            table.row(Stream.concat(
                            Stream.of(
                                    LayerPlot.shortened(step.name()),
                                    step.kernel(),
                                    step.shape(),
                                    step.macs() == 0 ? "–" : Quantity.count(step.macs()),
                                    step.constantBytes() == 0 ? "–" : step.constantBytes() + " B"),
                            counted)
                    .toArray(String[]::new));
        }
        return table.render("  ");
    }

    /** What was linked and what ran, a sentence each; the page has them too. */
    static List<String> facts(Compiled compiled) {
        var facts = new ArrayList<String>();
        DeviceBuild.Sizes sizes = compiled.sizes();
        Problem unmeasured = compiled.unmeasured();
        if (sizes != null) {
            facts.add("flash %,d bytes, RAM %,d, stack at most %,d (linked, with the least that starts a %s)"
                    .formatted(
                            sizes.flashBytes(),
                            sizes.ramBytes(),
                            sizes.stackBytes(),
                            compiled.firmware().target().label()));
        } else if (unmeasured != null) {
            facts.add("flash, RAM and stack: not measured: " + unmeasured);
        }
        DeviceRun run = compiled.run();
        if (run != null) {
            facts.add("%s instructions an inference, %s a MAC, on %s; %s, %,d bytes of stack used"
                    .formatted(
                            instructions(run),
                            Compiled.each(
                                    run.instructions(), compiled.firmware().macs()),
                            run.machine(),
                            run.vectors() == 0
                                    ? "no golden vectors, as its layers aren't all of TensorFlow Lite's integers"
                                    : run.vectors() + " golden vectors right",
                            run.stackBytes()));
            Cycles cycles = run.cycles();
            if (cycles != null) {
                facts.add(Compiled.cycles(cycles) + " cycles, an estimate (" + run.model() + ")");
            }
            if (run.layers().isEmpty()) {
                facts.add("layers aren't counted: that takes cc (Debian: gcc) and a QEMU with plugins");
            }
        }
        if (sizes != null) {
            facts.add("by " + sizes.compiler() + (run == null ? "" : "; " + run.emulator()));
        }
        return facts;
    }

    private static String instructions(DeviceRun run) {
        String count = String.format(Locale.ROOT, "%,d", run.instructions());
        return run.resolution() == 0 ? count : count + " ± " + run.resolution();
    }
}
