package dev.skerry.bundle;

import dev.skerry.bundle.BundleManifest.Budgets;
import dev.skerry.bundle.BundleManifest.FallbackModel;
import dev.skerry.bundle.BundleManifest.Golden;
import dev.skerry.bundle.BundleManifest.Library;
import dev.skerry.bundle.BundleManifest.Lineage;
import dev.skerry.bundle.BundleManifest.Measured;
import dev.skerry.bundle.BundleManifest.RuntimeChoice;
import dev.skerry.bundle.BundleManifest.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A manifest as JSON, written and read. What is missing, wrong or unknown is a problem that names the field. */
final class ManifestJson {
    private static final int MOST_LIBRARIES = 16;
    private static final int MOST_MEASURED = 64;

    private ManifestJson() {}

    static ObjectNode of(BundleManifest manifest) {
        ObjectNode json = CanonicalJson.object();
        json.put("format", BundleManifest.FORMAT).put("name", manifest.name()).put("version", manifest.version());
        write(json.putObject("lineage"), manifest.lineage());
        write(json.putObject("budgets"), manifest.budgets());
        json.set("pipeline", manifest.pipeline());
        json.set("frame", manifest.frame());
        manifest.state().forEach(json.putObject("state")::put);
        ObjectNode sizes = json.putObject("dims");
        manifest.dims().forEach((dim, size) -> sizes.put(dim, size.longValue()));
        ArrayNode allowed = json.putArray("egress");
        manifest.egress().forEach(kind -> allowed.add(kind.json()));
        manifest.files().forEach(json.putObject("files")::put);
        write(json.putObject("golden"), manifest.golden());
        write(json.putObject("runtime"), manifest.runtime());
        if (manifest.fallback() != null) {
            write(json.putObject("fallback"), manifest.fallback());
        }
        return json;
    }

    static BundleManifest manifest(JsonFields json) {
        json.constant("format", BundleManifest.FORMAT);
        var manifest = new BundleManifest(
                json.string("name"),
                json.string("version"),
                lineage(json.object("lineage")),
                budgets(json.object("budgets")),
                json.node("pipeline"),
                json.node("frame"),
                state(json),
                json.map("dims", (dims, dim) -> dims.integer(dim, 0, Long.MAX_VALUE)),
                egress(json),
                json.map("files", JsonFields::string),
                golden(json.object("golden")),
                runtime(json.object("runtime")),
                json.has("fallback") ? fallback(json.object("fallback")) : null);
        json.done();
        return manifest;
    }

    private static void write(ObjectNode json, Lineage lineage) {
        json.put("sourceModel", lineage.sourceModel().text());
        if (lineage.calibration() != null) {
            json.put("calibration", lineage.calibration().text());
        }
        lineage.commands().forEach(json.putArray("commands")::add);
    }

    private static Lineage lineage(JsonFields json) {
        var lineage = new Lineage(
                json.digest("sourceModel"),
                json.has("calibration") ? json.digest("calibration") : null,
                json.strings("commands"));
        json.done();
        return lineage;
    }

    private static void write(ObjectNode json, Budgets budgets) {
        json.put("rateHz", budgets.rateHz())
                .put("latencyMicros", budgets.latencyMicros())
                .put("percentile", budgets.percentile())
                .put("memoryBytes", budgets.memoryBytes())
                .put("maxDropPercent", budgets.maxDropPercent());
    }

    private static Budgets budgets(JsonFields json) {
        var budgets = new Budgets(
                json.number("rateHz"),
                json.integer("latencyMicros", 0, Long.MAX_VALUE),
                json.number("percentile"),
                json.integer("memoryBytes", 0, Long.MAX_VALUE),
                json.number("maxDropPercent"));
        json.done();
        return budgets;
    }

    private static SortedMap<String, String> state(JsonFields json) {
        return json.map("state", JsonFields::string);
    }

    private static SortedSet<Egress> egress(JsonFields json) {
        var egress = new TreeSet<Egress>();
        for (String kind : json.strings("egress")) {
            egress.add(List.of(Egress.values()).stream()
                    .filter(known -> known.json().equals(kind))
                    .findFirst()
                    .orElseThrow(() -> json.wrong("egress", "metrics, decisions or samples")));
        }
        return egress;
    }

    private static void write(ObjectNode json, Golden golden) {
        json.put("file", golden.file()).put("tolerance", golden.tolerance());
    }

    private static Golden golden(JsonFields json) {
        var golden = new Golden(json.string("file"), json.number("tolerance"));
        json.done();
        return golden;
    }

    private static void write(ObjectNode json, FallbackModel fallback) {
        json.put("file", fallback.file());
        write(json.putObject("golden"), fallback.golden());
        write(json.putObject("runtime"), fallback.runtime());
        fallback.state().forEach(json.putObject("state")::put);
    }

    private static FallbackModel fallback(JsonFields json) {
        var fallback = new FallbackModel(
                json.string("file"), golden(json.object("golden")), runtime(json.object("runtime")), state(json));
        json.done();
        return fallback;
    }

    private static void write(ObjectNode json, RuntimeChoice runtime) {
        json.put("runtime", runtime.runtime())
                .put("provider", runtime.provider())
                .put("threads", runtime.threads())
                .put("precision", runtime.precision());
        if (!runtime.libraries().isEmpty()) {
            ArrayNode libraries = json.putArray("libraries");
            runtime.libraries()
                    .forEach(library -> libraries
                            .addObject()
                            .put("file", library.file())
                            .put("level", library.level())
                            .put("digest", library.digest().text()));
        }
        if (!runtime.measured().isEmpty()) {
            ArrayNode measured = json.putArray("measured");
            runtime.measured().forEach(each -> measured.add(of(each)));
        }
    }

    private static RuntimeChoice runtime(JsonFields json) {
        var libraries = new ArrayList<Library>();
        if (json.has("libraries")) {
            for (JsonFields each : json.objects("libraries", MOST_LIBRARIES)) {
                libraries.add(new Library(each.string("file"), each.string("level"), each.digest("digest")));
                each.done();
            }
        }
        var measured = new ArrayList<Measured>();
        if (json.has("measured")) {
            for (JsonFields each : json.objects("measured", MOST_MEASURED)) {
                measured.add(measured(each));
            }
        }
        var runtime = new RuntimeChoice(
                json.string("runtime"),
                json.string("provider"),
                (int) json.integer("threads", 1, 4096),
                json.string("precision"),
                libraries,
                measured);
        json.done();
        return runtime;
    }

    static ObjectNode of(Measured measured) {
        ObjectNode json = CanonicalJson.object();
        json.put("arch", measured.arch()).put("cores", measured.cores());
        measured.features().forEach(json.putArray("features")::add);
        ArrayNode timings = json.putArray("timings");
        measured.timings()
                .forEach(timing -> timings.addObject()
                        .put("runtime", timing.runtime())
                        .put("provider", timing.provider())
                        .put("threads", timing.threads())
                        .put("p50Nanos", timing.p50Nanos())
                        .put("p99Nanos", timing.p99Nanos())
                        .put("samples", timing.samples()));
        return json;
    }

    static Measured measured(JsonFields json) {
        var timings = new ArrayList<Timing>();
        for (JsonFields each : json.objects("timings", MOST_MEASURED)) {
            timings.add(new Timing(
                    each.string("runtime"),
                    each.string("provider"),
                    (int) each.integer("threads", 1, 4096),
                    each.integer("p50Nanos", 0, Long.MAX_VALUE),
                    each.integer("p99Nanos", 0, Long.MAX_VALUE),
                    each.integer("samples", 0, Long.MAX_VALUE)));
            each.done();
        }
        if (timings.isEmpty()) {
            throw json.wrong("timings", "at least one timing");
        }
        var measured = new Measured(
                json.string("arch"),
                new TreeSet<>(json.strings("features")),
                (int) json.integer("cores", 1, 1 << 20),
                timings);
        json.done();
        return measured;
    }
}
