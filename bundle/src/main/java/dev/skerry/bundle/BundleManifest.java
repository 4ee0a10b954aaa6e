package dev.skerry.bundle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a bundle is and how it is meant to run; the config of its OCI manifest. It says nothing of when or where it was made,
 * so that the same content has the same digest.
 *
 * @param name of the project
 * @param version of what is packed, as its makers count
 * @param lineage where the model comes from
 * @param budgets what was promised of it
 * @param pipeline the pipeline as {@code PipelineSpec.toJson} writes it
 * @param frame the format of a raw frame as the pipeline writes it; JSON null where samples are tensors
 * @param state outputs to the inputs that they feed in the next cycle
 * @param dims sizes of the model's symbolic dimensions
 * @param egress what may leave the device
 * @param files names of the packed files to their roles, see the constants
 * @param golden inputs and expected outputs
 * @param runtime what executes the model
 * @param fallback a faster model that decides where that one is late or fails; null for none
 */
public record BundleManifest(
        String name,
        String version,
        Lineage lineage,
        Budgets budgets,
        JsonNode pipeline,
        JsonNode frame,
        SortedMap<String, String> state,
        SortedMap<String, Long> dims,
        SortedSet<Egress> egress,
        SortedMap<String, String> files,
        Golden golden,
        RuntimeChoice runtime,
        @Nullable FallbackModel fallback) {
    /** Changes when a reader of the old form would misunderstand the new one. */
    public static final String FORMAT = "skerry.bundle/1";

    /** What an unpacked bundle calls this document. */
    public static final String FILE = "bundle.json";

    private static final int MOST_LIBRARIES = 16;
    private static final int MOST_MEASURED = 64;

    /** Role of the fused ONNX model: raw frame in, decision out. Exactly one file has it. */
    public static final String MODEL = "model";

    /** Role of the fused ONNX model that stands in for the first one. */
    public static final String FALLBACK = "fallback";

    /** Role of the {@code .npz} with inputs and expected outputs. */
    public static final String GOLDEN = "golden";

    /** Role of a text file with one label per line. */
    public static final String LABELS = "labels";

    /** Role of a shared library that the model was compiled to. */
    public static final String LIBRARY = "library";

    /** Role of the same model as TensorFlow Lite, for that runtime; at most one file has it. */
    public static final String TFLITE = "tflite";

    /** Role of anything else that the pipeline refers to. */
    public static final String DATA = "data";

    /**
     * Where the model comes from.
     *
     * @param sourceModel digest of the trained model's file
     * @param calibration digest of the samples it was calibrated with; null where none were needed
     * @param commands that led here, in order
     */
    public record Lineage(Digest sourceModel, @Nullable Digest calibration, List<String> commands) {
        public Lineage {
            commands = List.copyOf(commands);
        }
    }

    /**
     * What was promised; 0 is no promise.
     *
     * @param rateHz decisions a second
     * @param latencyMicros from the scheduled release to the decision
     * @param percentile of the latency that the budget is about, 100 for all decisions
     * @param memoryBytes resident, at most
     * @param maxDropPercent accuracy that compression may have cost, in points
     */
    public record Budgets(
            double rateHz, long latencyMicros, double percentile, long memoryBytes, double maxDropPercent) {}

    /**
     * Golden vectors.
     *
     * @param file with role {@link #GOLDEN}
     * @param tolerance largest difference of an output from its expected value, in the output's unit
     */
    public record Golden(String file, double tolerance) {}

    /**
     * What executes the model.
     *
     * @param runtime {@code onnxruntime}, …
     * @param provider execution provider, {@code cpu} where there is no other
     * @param precision {@code float32}, {@code int8}, …
     * @param libraries what the model was compiled to, the one to take first where a machine can run it; empty for runtimes that
     *     take the model itself
     * @param measured what was measured on which machines; empty where nothing was
     */
    public record RuntimeChoice(
            String runtime,
            String provider,
            int threads,
            String precision,
            List<Library> libraries,
            List<Measured> measured) {
        public RuntimeChoice {
            libraries = List.copyOf(libraries);
            measured = List.copyOf(measured);
        }

        public RuntimeChoice(String runtime, String provider, int threads, String precision) {
            this(runtime, provider, threads, precision, List.of());
        }

        public RuntimeChoice(String runtime, String provider, int threads, String precision, List<Library> libraries) {
            this(runtime, provider, threads, precision, libraries, List.of());
        }

        /** What was measured on machines of a class. */
        public Optional<Measured> measured(String arch, SortedSet<String> features) {
            return measured.stream()
                    .filter(each -> each.arch.equals(arch) && each.features.equals(features))
                    .findFirst();
        }

        /** Whether a runtime is the first choice somewhere, so that what it needs has to be there. */
        public boolean uses(String name) {
            return runtime.equals(name)
                    || measured.stream()
                            .anyMatch(each -> each.timings.getFirst().runtime.equals(name));
        }
    }

    /**
     * What was measured of this model on a machine.
     *
     * @param arch of its processor
     * @param features that tell machines of its class from others
     * @param cores that it had
     * @param timings the one to take first
     */
    public record Measured(String arch, SortedSet<String> features, int cores, List<Timing> timings) {
        public Measured {
            features = Collections.unmodifiableSortedSet(new TreeSet<>(features));
            timings = List.copyOf(timings);
        }

        public ObjectNode toJson() {
            ObjectNode json = CanonicalJson.object();
            json.put("arch", arch).put("cores", cores);
            features.forEach(json.putArray("features")::add);
            ArrayNode each = json.putArray("timings");
            timings.forEach(timing -> each.addObject()
                    .put("runtime", timing.runtime)
                    .put("provider", timing.provider)
                    .put("threads", timing.threads)
                    .put("p50Nanos", timing.p50Nanos)
                    .put("p99Nanos", timing.p99Nanos)
                    .put("samples", timing.samples));
            return json;
        }

        /** What {@link #toJson} wrote; a problem that names the field where something is missing, wrong or unknown. */
        public static Measured of(JsonNode json, String where) {
            return read(new JsonFields(json, where));
        }

        static Measured read(JsonFields json) {
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

    /**
     * A combination as it was measured.
     *
     * @param samples how many inferences the figures are from
     */
    public record Timing(String runtime, String provider, int threads, long p50Nanos, long p99Nanos, long samples) {}

    /**
     * Compiled code of the model.
     *
     * @param file with role {@link #LIBRARY}
     * @param level of instructions that it takes: {@code x86-64}, {@code x86-64-v3}, {@code armv8-a}
     * @param digest of the file, by which it is known before it is loaded
     */
    public record Library(String file, String level, Digest digest) {}

    /**
     * A model that stands in for the first one: the same raw frame in, the same form of decision out.
     *
     * @param file with role {@link #FALLBACK}
     * @param golden vectors of its own
     * @param runtime what executes it
     * @param state outputs to the inputs that they feed in the next cycle
     */
    public record FallbackModel(String file, Golden golden, RuntimeChoice runtime, SortedMap<String, String> state) {
        public FallbackModel {
            state = Collections.unmodifiableSortedMap(new TreeMap<>(state));
        }
    }

    /** Without a fallback model. */
    public BundleManifest(
            String name,
            String version,
            Lineage lineage,
            Budgets budgets,
            JsonNode pipeline,
            JsonNode frame,
            SortedMap<String, String> state,
            SortedMap<String, Long> dims,
            SortedSet<Egress> egress,
            SortedMap<String, String> files,
            Golden golden,
            RuntimeChoice runtime) {
        this(name, version, lineage, budgets, pipeline, frame, state, dims, egress, files, golden, runtime, null);
    }

    public BundleManifest {
        // equal content must be equal here and the same bytes there, however the numbers came in
        pipeline = CanonicalJson.sorted(pipeline);
        frame = CanonicalJson.sorted(frame);
        state = Collections.unmodifiableSortedMap(new TreeMap<>(state));
        dims = Collections.unmodifiableSortedMap(new TreeMap<>(dims));
        egress = Collections.unmodifiableSortedSet(new TreeSet<>(egress));
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /** The first file with a role, by name. */
    public Optional<String> fileOf(String role) {
        return files.entrySet().stream()
                .filter(file -> file.getValue().equals(role))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The file with role {@link #MODEL}. */
    public String model() {
        return fileOf(MODEL).orElseThrow();
    }

    public JsonNode toJson() {
        ObjectNode json = CanonicalJson.object();
        json.put("format", FORMAT).put("name", name).put("version", version);
        ObjectNode origin = json.putObject("lineage");
        origin.put("sourceModel", lineage.sourceModel.text());
        if (lineage.calibration != null) {
            origin.put("calibration", lineage.calibration.text());
        }
        ArrayNode commands = origin.putArray("commands");
        lineage.commands.forEach(commands::add);
        json.putObject("budgets")
                .put("rateHz", budgets.rateHz)
                .put("latencyMicros", budgets.latencyMicros)
                .put("percentile", budgets.percentile)
                .put("memoryBytes", budgets.memoryBytes)
                .put("maxDropPercent", budgets.maxDropPercent);
        json.set("pipeline", pipeline);
        json.set("frame", frame);
        state.forEach(json.putObject("state")::put);
        ObjectNode sizes = json.putObject("dims");
        dims.forEach((dim, size) -> sizes.put(dim, size.longValue()));
        ArrayNode allowed = json.putArray("egress");
        egress.forEach(kind -> allowed.add(kind.json()));
        files.forEach(json.putObject("files")::put);
        json.putObject("golden").put("file", golden.file).put("tolerance", golden.tolerance);
        write(json.putObject("runtime"), runtime);
        if (fallback != null) {
            ObjectNode second = json.putObject("fallback").put("file", fallback.file);
            second.putObject("golden").put("file", fallback.golden.file).put("tolerance", fallback.golden.tolerance);
            write(second.putObject("runtime"), fallback.runtime);
            fallback.state.forEach(second.putObject("state")::put);
        }
        return json;
    }

    private static void write(ObjectNode chosen, RuntimeChoice runtime) {
        chosen.put("runtime", runtime.runtime)
                .put("provider", runtime.provider)
                .put("threads", runtime.threads)
                .put("precision", runtime.precision);
        if (!runtime.libraries.isEmpty()) {
            ArrayNode libraries = chosen.putArray("libraries");
            runtime.libraries.forEach(library -> libraries
                    .addObject()
                    .put("file", library.file)
                    .put("level", library.level)
                    .put("digest", library.digest.text()));
        }
        if (!runtime.measured.isEmpty()) {
            ArrayNode measured = chosen.putArray("measured");
            runtime.measured.forEach(each -> measured.add(each.toJson()));
        }
    }

    /** The canonical document: the same content, the same bytes. */
    public byte[] bytes() {
        return CanonicalJson.bytes(toJson());
    }

    /** From a canonical document; a problem that names the field where something is missing, wrong or unknown. */
    public static BundleManifest parse(byte[] document, String where) {
        var json = new JsonFields(CanonicalJson.parse(document, where), where);
        json.constant("format", FORMAT);
        JsonFields origin = json.object("lineage");
        var lineage = new Lineage(
                origin.digest("sourceModel"),
                origin.has("calibration") ? origin.digest("calibration") : null,
                origin.strings("commands"));
        origin.done();
        JsonFields promised = json.object("budgets");
        var budgets = new Budgets(
                promised.number("rateHz"),
                promised.integer("latencyMicros", 0, Long.MAX_VALUE),
                promised.number("percentile"),
                promised.integer("memoryBytes", 0, Long.MAX_VALUE),
                promised.number("maxDropPercent"));
        promised.done();
        Golden golden = golden(json);
        RuntimeChoice runtime = runtime(json);
        FallbackModel fallback = json.has("fallback") ? fallback(json.object("fallback")) : null;
        var egress = new ArrayList<Egress>();
        for (String kind : json.strings("egress")) {
            egress.add(List.of(Egress.values()).stream()
                    .filter(known -> known.json().equals(kind))
                    .findFirst()
                    .orElseThrow(() -> json.wrong("egress", "metrics, decisions or samples")));
        }
        var manifest = new BundleManifest(
                json.string("name"),
                json.string("version"),
                lineage,
                budgets,
                json.node("pipeline"),
                json.node("frame"),
                json.map("state", JsonFields::string),
                json.map("dims", (dims, dim) -> dims.integer(dim, 0, Long.MAX_VALUE)),
                new TreeSet<>(egress),
                json.map("files", JsonFields::string),
                golden,
                runtime,
                fallback);
        json.done();
        manifest.requireConsistent(where);
        return manifest;
    }

    private static Golden golden(JsonFields json) {
        JsonFields vectors = json.object("golden");
        var golden = new Golden(vectors.string("file"), vectors.number("tolerance"));
        vectors.done();
        return golden;
    }

    private static RuntimeChoice runtime(JsonFields json) {
        JsonFields chosen = json.object("runtime");
        var runtime = new RuntimeChoice(
                chosen.string("runtime"),
                chosen.string("provider"),
                (int) chosen.integer("threads", 1, 4096),
                chosen.string("precision"),
                chosen.has("libraries") ? libraries(chosen) : List.of(),
                chosen.has("measured") ? measured(chosen) : List.of());
        chosen.done();
        return runtime;
    }

    private static FallbackModel fallback(JsonFields json) {
        var fallback = new FallbackModel(
                json.string("file"), golden(json), runtime(json), json.map("state", JsonFields::string));
        json.done();
        return fallback;
    }

    private static List<Library> libraries(JsonFields chosen) {
        var libraries = new ArrayList<Library>();
        for (JsonFields each : chosen.objects("libraries", MOST_LIBRARIES)) {
            libraries.add(new Library(each.string("file"), each.string("level"), each.digest("digest")));
            each.done();
        }
        return libraries;
    }

    private static List<Measured> measured(JsonFields chosen) {
        var measured = new ArrayList<Measured>();
        for (JsonFields each : chosen.objects("measured", MOST_MEASURED)) {
            measured.add(Measured.read(each));
        }
        return measured;
    }

    /** What a writer and a reader both insist on. */
    void requireConsistent(String where) {
        FileName.requireSafe(List.copyOf(files.keySet()), where + " › files");
        if (files.values().stream().filter(MODEL::equals).count() != 1) {
            throw CanonicalJson.malformed("expected one file with role model", where + " › files")
                    .toException();
        }
        long fallbacks = files.values().stream().filter(FALLBACK::equals).count();
        boolean listed = fallback != null
                && FALLBACK.equals(files.get(fallback.file))
                && GOLDEN.equals(files.get(fallback.golden.file))
                && fallback.runtime.libraries.isEmpty();
        if (fallbacks != (fallback == null ? 0 : 1) || fallback != null && !listed) {
            throw CanonicalJson.malformed("the fallback model's files are not among the files", where + " › fallback")
                    .toException();
        }
        long libraries = files.values().stream().filter(LIBRARY::equals).count();
        if (libraries != runtime.libraries.size()
                || !runtime.libraries.stream().allMatch(library -> LIBRARY.equals(files.get(library.file)))) {
            throw CanonicalJson.malformed("the runtime's libraries are not those among the files", where + " › runtime")
                    .toException();
        }
        if (files.values().stream().filter(TFLITE::equals).count() > 1) {
            throw CanonicalJson.malformed("more than one file with role tflite", where + " › files")
                    .toException();
        }
        if (!GOLDEN.equals(files.get(golden.file))) {
            throw CanonicalJson.malformed("the golden vectors' file is not among the files", where + " › golden")
                    .toException();
        }
    }
}
