package dev.skerry.bundle;

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
            return ManifestJson.of(this);
        }

        /** What {@link #toJson} wrote; a problem that names the field where something is missing, wrong or unknown. */
        public static Measured of(JsonNode json, String where) {
            return ManifestJson.measured(new JsonFields(json, where));
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
        return ManifestJson.of(this);
    }

    /** The canonical document: the same content, the same bytes. */
    public byte[] bytes() {
        return CanonicalJson.bytes(toJson());
    }

    /** From a canonical document; a problem that names the field where something is missing, wrong or unknown. */
    public static BundleManifest parse(byte[] document, String where) {
        BundleManifest manifest = ManifestJson.manifest(new JsonFields(CanonicalJson.parse(document, where), where));
        manifest.requireConsistent(where);
        return manifest;
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
