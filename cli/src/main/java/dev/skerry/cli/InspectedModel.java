package dev.skerry.cli;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Inspection;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.AcceleratorFit;
import dev.skerry.runtime.AcceleratorSupport;
import dev.skerry.runtime.AcceleratorTable;
import dev.skerry.runtime.OperatorSupport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that {@code skerry inspect} shows.
 *
 * @param openDims dimensions of the inputs that have no size yet, as {@code --dim} takes them: a name, or {@code input[axis]}
 * @param accelerators what compilers for accelerators would take of it, by their published tables
 */
record InspectedModel(
        Path file,
        long fileBytes,
        Model model,
        Inspection inspection,
        List<OperatorRow> operators,
        Set<String> openDims,
        List<AcceleratorFit> accelerators) {

    static InspectedModel of(Path file, Map<String, Long> dims) {
        Model model = ModelFile.read(file);
        ModelCheck.check(model);
        Inspection inspection = Inspection.of(model, dims, Map.of());
        return new InspectedModel(
                file,
                size(file),
                model,
                inspection,
                OperatorRow.of(model, inspection.cost(), OperatorSupport.onnxRuntime()),
                openDims(inspection),
                new AcceleratorSupport(AcceleratorTable.load()).of(model, dims));
    }

    /** Whether there are real weights that INT8 would make smaller. */
    boolean isFloat() {
        return inspection.dataTypes().contains(DataType.FLOAT)
                && operators.stream().noneMatch(row -> row.name().endsWith("QuantizeLinear"));
    }

    long nodes() {
        return operators.stream().mapToLong(OperatorRow::nodes).sum();
    }

    private static Set<String> openDims(Inspection inspection) {
        var open = new LinkedHashSet<String>();
        for (Inspection.Port input : inspection.inputs()) {
            if (!(input.type() instanceof ValueType.OfTensor(DataType _, Shape shape)) || shape == null) {
                continue;
            }
            List<Dim> dims = new ArrayList<>(shape.dims());
            for (int axis = 0; axis < dims.size(); axis++) {
                switch (dims.get(axis)) {
                    case Dim.Known _ -> {}
                    case Dim.Symbolic(String name) -> open.add(name);
                    case Dim.Unknown _ -> open.add(input.name() + "[" + axis + "]");
                }
            }
        }
        return open;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw Problem.usage("model.unreadable", "the model can't be read")
                    .at(file.toString())
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }
}
