package dev.skerry.project;

import dev.skerry.bundle.Digest;
import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.Reproduction;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What the result of a compression depends on.
 *
 * @param weights digest of the model with weights that lie in other files
 */
record Provenance(
        ProjectConfig config,
        Digest file,
        Digest weights,
        Digest calibration,
        Digest evaluation,
        Map<String, String> versions,
        Device device) {

    /** Of the many flags of a processor those that arithmetic on tensors goes by. */
    private static final Pattern ARITHMETIC = Pattern.compile("avx.*|amx.*|fma|f16c|asimd.*|i8mm|bf16|sve.*|fphp");

    @SuppressWarnings("ReferenceEquality") // one set of samples for both is digested once
    static Provenance of(Workbench bench, SampleSource calibration, SampleSource evaluation, Device device) {
        Digest judges = SampleDigest.of(evaluation);
        return new Provenance(
                bench.config(),
                Packing.fileDigest(bench.config().model()),
                weights(bench),
                calibration == evaluation ? judges : SampleDigest.of(calibration),
                judges,
                versions(bench.runtime()),
                device);
    }

    private static Map<String, String> versions(RuntimeProvider runtime) {
        var versions = new TreeMap<String, String>();
        versions.put("skerry", Release.VERSION);
        versions.put("java", Runtime.version().toString());
        switch (runtime.probe()) {
            case Availability.Present present -> versions.put(runtime.name(), present.version());
            case Availability.Missing _ -> {}
        }
        return versions;
    }

    /** Equal for searches that would do the same, and only for those. */
    String key() {
        return String.join(
                "\n",
                weights.text(),
                calibration.text(),
                evaluation.text(),
                config.compression().toString(),
                config.judged().metric(),
                config.judged().evaluator().toString(),
                config.budget().limits().toString(),
                config.target().label(),
                config.stateOutputToInput().toString(),
                config.dims().toString(),
                versions.toString(),
                device.cpu(),
                device.features().toString());
    }

    Reproduction reproduction(CompressionReport report, String command) {
        return new Reproduction(
                command,
                file.text(),
                calibration.text(),
                evaluation.text(),
                digest(report.output()).text(),
                Reproduction.SEEDS,
                versions,
                device.cpu(),
                device.features().stream().filter(ARITHMETIC.asMatchPredicate()).toList());
    }

    /** The first time that all of the model is wanted at once. */
    private static Digest weights(Workbench bench) {
        try {
            return digest(bench.model());
        } catch (ProblemException e) {
            if (!e.problem().code().equals("model.too-large")) {
                throw e;
            }
            throw Problem.usage("model.too-large", "models of 2 GiB and more are not compressed")
                    .at(bench.config().model().toString())
                    .because(e.problem().what() + " with its weights")
                    .attempt("a smaller model, or its parts one by one")
                    .toException();
        }
    }

    private static Digest digest(Model model) {
        byte[] digest = SampleDigest.sha256().digest(ModelFile.bytes(model));
        return new Digest("sha256:" + HexFormat.of().formatHex(digest));
    }
}
