package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Holds inputs against what a model declares, before a runtime sees them: a runtime's own message names neither the nearest
 * input nor all that it expects. A problem has the code {@code runtime.input}.
 */
final class InputCheck {
    private final String model;
    private final List<ValueInfo> inputs;

    InputCheck(String model, List<ValueInfo> inputs) {
        this.model = model;
        this.inputs = List.copyOf(inputs);
    }

    /** All names given, and none besides. */
    void names(Set<String> given) {
        List<String> known = inputs.stream().map(ValueInfo::name).toList();
        for (String name : given) {
            if (!known.contains(name)) {
                var problem = problem(name, "no such input").because("the model has " + String.join(", ", known));
                throw Suggestion.nearest(name, known)
                        .map(near -> problem.attempt("the input " + near))
                        .orElse(problem)
                        .toException();
            }
        }
        for (String name : known) {
            if (!given.contains(name)) {
                throw problem(name, "input is missing")
                        .because("found " + (given.isEmpty() ? "none" : String.join(", ", given)))
                        .toException();
            }
        }
    }

    /** Names and types; returns the dimensions, which {@link #dims} looks at. */
    Map<String, long[]> tensors(Map<String, Tensor> given) {
        names(given.keySet());
        var dims = new TreeMap<String, long[]>();
        given.forEach((name, tensor) -> {
            type(name, tensor.type());
            dims.put(name, tensor.dims());
        });
        return dims;
    }

    private void type(String name, DataType found) {
        if (declared(name) instanceof ValueType.OfTensor(DataType element, var _) && element != found) {
            throw problem(name, "expected " + element.label() + ", found " + found.label())
                    .toException();
        }
    }

    /** Ranks and sizes; a dimension with a name may have any size, but the same in all inputs. */
    void dims(Map<String, long[]> given) {
        var named = new HashMap<String, Long>();
        for (ValueInfo input : inputs) {
            long[] found = given.get(input.name());
            if (found == null
                    || !(input.type() instanceof ValueType.OfTensor(var _, var declared))
                    || declared == null) {
                continue;
            }
            boolean fits = declared.rank() == found.length;
            for (int axis = 0; fits && axis < found.length; axis++) {
                long size = found[axis];
                fits = switch (declared.dim(axis)) {
                    case Dim.Known known -> known.size() == size;
                    case Dim.Symbolic symbol -> {
                        Long before = named.putIfAbsent(symbol.name(), size);
                        yield before == null || before == size;
                    }
                    case Dim.Unknown _ -> true;
                };
            }
            if (!fits) {
                var problem = problem(input.name(), "expected " + declared.pin(named) + ", found " + Shape.of(found));
                throw (declared.rank() == found.length
                                ? problem
                                : problem.because("rank " + declared.rank() + " expected, " + found.length + " found"))
                        .toException();
            }
        }
    }

    ValueType.OfTensor tensor(String name) {
        if (declared(name) instanceof ValueType.OfTensor tensor) {
            return tensor;
        }
        throw Problem.usage("runtime.type", "this input is no tensor that the runtime can be given")
                .at(model + ", " + name)
                .attempt("an ONNX model whose inputs are dense tensors")
                .toException();
    }

    private @Nullable ValueType declared(String name) {
        for (ValueInfo input : inputs) {
            if (input.name().equals(name)) {
                return input.type();
            }
        }
        return null;
    }

    private Problem problem(String name, String what) {
        return Problem.usage("runtime.input", what).at(model + ", input " + name);
    }
}
