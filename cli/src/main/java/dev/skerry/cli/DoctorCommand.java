package dev.skerry.cli;

import dev.skerry.problem.ProblemException;
import dev.skerry.project.ProviderFile;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.ProviderDevice;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "doctor", description = "What this machine can do, what is missing, and the remedy.")
final class DoctorCommand implements Callable<Integer> {
    private final Context context;

    @Mixin
    CommonOptions common = new CommonOptions();

    DoctorCommand(Context context) {
        this.context = context;
    }

    @Override
    public Integer call() {
        Device device = DeviceProbe.probe();
        var json = Context.JSON.createObjectNode().put("schema", "skerry.doctor/1");
        var table = new Table("", "", "");
        table.row("machine", StepText.machine(device), Quantity.bytes(device.memoryBytes()) + " memory");
        json.put("machine", StepText.machine(device)).put("memoryBytes", device.memoryBytes());
        String java = Runtime.version() + " " + System.getProperty("java.vendor", "");
        table.row("java", java, "");
        json.put("java", java);
        var runtimes = json.putArray("runtimes");
        for (RuntimeProvider runtime : Runtimes.all()) {
            var entry = runtimes.addObject().put("name", runtime.name());
            switch (runtime.probe()) {
                case Availability.Present present -> {
                    table.row(runtime.name(), present.version(), String.join(", ", present.providers()));
                    entry.put("version", present.version());
                }
                case Availability.Missing missing -> {
                    table.row(runtime.name(), "missing", missing.problem().toString());
                    entry.set("problem", Skerry.json(missing.problem()));
                }
            }
        }
        providers(table, json);
        for (Privilege privilege : Privilege.probe()) {
            table.row(
                    privilege.name(),
                    privilege.granted() ? "granted" : "not granted",
                    privilege.granted() ? "" : privilege.remedy());
            json.withArray("/privileges")
                    .addObject()
                    .put("name", privilege.name())
                    .put("granted", privilege.granted())
                    .put("remedy", privilege.remedy());
        }
        if (common.json) {
            context.printJson(json);
        } else {
            context.terminal().out().print(table.render(""));
            context.next("skerry init MODEL --samples DIR");
        }
        return 0;
    }

    /** Execution providers of this machine's file, and the devices that they find. */
    private void providers(Table table, ObjectNode json) {
        var providers = json.putArray("providers");
        for (SessionOptions.Plugin plugin :
                ProviderFile.read(context.configuration().resolve(ProviderOptions.FILE))) {
            ObjectNode entry = providers.addObject().put("name", plugin.provider());
            try {
                List<ProviderDevice> devices = InstalledRuntime.onnxRuntime().devices(plugin);
                table.row(
                        plugin.provider(),
                        devices.isEmpty() ? "built in" : devices.getFirst().version(),
                        devices.stream().map(ProviderDevice::label).distinct().collect(Collectors.joining(", ")));
                var found = entry.putArray("devices");
                devices.forEach(device -> found.addObject()
                        .put("provider", device.provider())
                        .put("version", device.version())
                        .put("kind", device.kind())
                        .put("hardware", device.hardware())
                        .put("vendorId", device.vendorId())
                        .put("deviceId", device.deviceId()));
            } catch (ProblemException failed) {
                table.row(plugin.provider(), "missing", failed.problem().toString());
                entry.set("problem", Skerry.json(failed.problem()));
            }
        }
    }
}
