package dev.skerry.cli;

import dev.skerry.firmware.Cycles;
import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.DeviceRun;
import dev.skerry.firmware.Firmware;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code skerry.compile/1}. */
final class CompileJson {
    private CompileJson() {}

    static ObjectNode of(Compiled compiled, Path output) {
        Firmware firmware = compiled.firmware();
        DeviceBuild.Sizes sizes = compiled.sizes();
        DeviceRun run = compiled.run();
        Problem unmeasured = compiled.unmeasured();
        ObjectNode json = Context.JSON
                .createObjectNode()
                .put("schema", "skerry.compile/1")
                .put("target", firmware.target().label())
                .put("arenaBytes", firmware.arenaBytes())
                .put("arenaBoundBytes", firmware.arenaBound())
                .put("constantBytes", firmware.constantBytes())
                .put("macs", firmware.macs())
                .put("flashBytes", sizes == null ? null : sizes.flashBytes())
                .put("ramBytes", sizes == null ? null : sizes.ramBytes())
                .put("stackBytes", sizes == null ? null : sizes.stackBytes())
                .put("compiler", sizes == null ? null : sizes.compiler())
                .put("unmeasured", unmeasured == null ? null : unmeasured.toString())
                .put("machine", run == null ? null : run.machine())
                .put("emulator", run == null ? null : run.emulator())
                .put("goldenVectors", run == null ? null : run.vectors())
                .put("instructions", run == null ? null : run.instructions())
                .put("instructionsResolution", run == null ? null : run.resolution())
                .put("stackUsedBytes", run == null ? null : run.stackBytes());
        cycles(json, run == null ? null : run.cycles());
        json.put("cycleModel", run == null ? null : run.model()).put("output", output.toString());
        ArrayNode layers = json.putArray("layers");
        List<Firmware.Step> steps = firmware.steps();
        for (int i = 0; i < steps.size(); i++) {
            Firmware.Step step = steps.get(i);
            DeviceRun.Layer layer = compiled.layer(i);
            cycles(
                    layers.addObject()
                            .put("name", step.name())
                            .put("kernel", step.kernel())
                            .put("shape", step.shape())
                            .put("macs", step.macs())
                            .put("constantBytes", step.constantBytes())
                            .put("instructions", layer == null ? null : layer.instructions()),
                    layer == null ? null : layer.cycles());
        }
        ArrayNode memory = json.putArray("memory");
        firmware.places()
                .forEach(place -> memory.addObject()
                        .put("name", place.name())
                        .put("shape", place.shape())
                        .put("offset", place.offset())
                        .put("bytes", place.bytes())
                        .put("fromLayer", place.from())
                        .put("toLayer", place.to()));
        return json;
    }

    private static void cycles(ObjectNode json, @Nullable Cycles cycles) {
        if (cycles == null) {
            json.putNull("cyclesEstimate");
        } else {
            json.putObject("cyclesEstimate").put("low", cycles.low()).put("high", cycles.high());
        }
    }
}
