package dev.skerry.project;

import dev.skerry.compress.Budgets;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.compress.Int8Layout;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a project, or a model with samples, brings into a {@link RuntimeContest}. */
public final class SelectionEntries {
    /** The key of the model as it was given. */
    public static final String GIVEN = "";

    private SelectionEntries() {}

    /** A bare model and samples for it, as if they were a project. */
    public static ProjectConfig ofSamples(Path model, Path samples, Map<String, Long> dims) {
        return ProjectConfig.ofModel(
                model,
                null,
                samples,
                ProjectConfig.Target.THIS_MACHINE,
                new ProjectConfig.CompressionChoice(
                        CompressionRequest.Method.NONE,
                        "auto",
                        1,
                        false,
                        List.of(),
                        Optional.empty(),
                        Int8Layout.DEFAULT),
                Budgets.maxDrop(1),
                Map.of(),
                dims);
    }

    /** The project's model with its steps, under {@link #GIVEN}; and what its last deployment compressed it to, if it is still good. */
    public static Map<String, Path> fused(Workbench bench, Path work) {
        var files = new LinkedHashMap<String, Path>();
        files.put(GIVEN, written(bench, "given", bench.model(), work));
        Deployment.kept(bench)
                .filter(choice -> !choice.variant().equals("float"))
                .ifPresent(choice -> files.put(
                        choice.precision(), written(bench, choice.precision(), ModelFile.read(choice.core()), work)));
        return files;
    }

    /** Another file of the project's model, with its steps. */
    public static Path fused(Workbench bench, String name, Path file, Path work) {
        return written(bench, name, ModelFile.read(file), work);
    }

    private static Path written(Workbench bench, String name, Model core, Path work) {
        Path file = work.resolve("fused-" + name.replaceAll("[^A-Za-z0-9.-]", "_") + ".onnx");
        ModelFile.write(bench.fuse(core), file);
        return file;
    }
}
