package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.agent.InferenceRequest.GivenTensor;
import dev.skerry.agent.InferenceRequest.WantedOutput;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Holds a request against what a model takes and gives, before it waits for its turn. */
final class RequestCheck {
    private static final int LONGEST_QUOTE = 80;

    private final String model;
    private final Map<String, TensorForm> inputs = new LinkedHashMap<>();
    private final Map<String, TensorForm> outputs = new LinkedHashMap<>();
    private final Limits limits;

    RequestCheck(String model, List<TensorForm> inputs, List<TensorForm> outputs, Limits limits) {
        this.model = model;
        inputs.forEach(form -> this.inputs.put(form.name(), form));
        outputs.forEach(form -> this.outputs.put(form.name(), form));
        this.limits = limits;
    }

    /** What a client sent, in a message: short, and without what a terminal would obey. */
    static String quoted(String text) {
        String safe = text.codePoints()
                .limit(LONGEST_QUOTE)
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return "'" + safe + (safe.length() < text.length() ? "…" : "") + "'";
    }

    List<GivenTensor> inputs(List<GivenTensor> given) {
        var names = new HashSet<String>();
        for (GivenTensor input : given) {
            TensorForm form = inputs.get(input.name());
            if (form == null) {
                throw unknown("input", input.name(), inputs).toException();
            }
            if (!names.add(input.name())) {
                throw wrong(input.name(), "the input is given twice").toException();
            }
            require(input, form);
        }
        for (TensorForm form : inputs.values()) {
            if (!form.optional() && !names.contains(form.name())) {
                throw wrong(form.name(), "the input is missing")
                        .because(given.isEmpty() ? "none is given" : "given are " + String.join(", ", names))
                        .attempt(form.text() + " as its datatype and shape")
                        .toException();
            }
        }
        return given;
    }

    private void require(GivenTensor input, TensorForm form) {
        if (input.type() != form.type()) {
            throw wrong(input.name(), "expected datatype " + form.type() + ", found " + input.type())
                    .toException();
        }
        if (!form.takes(input.dims())) {
            throw wrong(
                            input.name(),
                            "expected shape " + TensorForm.text(form.dims()) + ", found "
                                    + TensorForm.text(input.dims()))
                    .toException();
        }
        requireSize(input.name(), input.type(), input.dims(), limits);
        requireSize(input, limits);
        long elements = TensorForm.elements(input.dims());
        String found = switch (input.content()) {
            case Content.Packed(var bytes) ->
                bytes.byteSize() == elements * form.type().bytes() ? "" : bytes.byteSize() + " bytes";
            case Content.Strings(var strings) -> strings.size() == elements ? "" : strings.size() + " elements";
            case Content.Shared(var place) ->
                form.type() == Datatype.BYTES
                                || place.bytes() == elements * form.type().bytes()
                        ? ""
                        : place.bytes() + " bytes of shared memory";
        };
        if (!found.isEmpty()) {
            throw wrong(input.name(), "the content is not as large as the shape says")
                    .because(form.type() + TensorForm.text(input.dims()) + " has " + elements + " elements"
                            + (form.type() == Datatype.BYTES
                                    ? ""
                                    : " in " + elements * form.type().bytes() + " bytes")
                            + ", found " + found)
                    .toException();
        }
    }

    /** Strings have no size by their shape, and a region may be larger than any request. */
    private static void requireSize(GivenTensor input, Limits limits) {
        if (input.content() instanceof Content.Shared(var place)
                && input.type() == Datatype.BYTES
                && place.bytes() > limits.bodyBytes()) {
            throw Problem.usage("serve.too-large", "the tensor is larger than a request may be")
                    .at("input " + quoted(input.name()))
                    .because(place.bytes() + " bytes of shared memory, at most " + limits.bodyBytes() + " may be")
                    .attempt("skerry agent --limit-body")
                    .toException();
        }
    }

    /** Before anything is made for a tensor of this shape. */
    static void requireSize(String name, Datatype type, long[] dims, Limits limits) {
        for (long size : dims) {
            if (size < 0) {
                throw Problem.usage("serve.tensor", "a size is negative")
                        .at("input " + quoted(name))
                        .because("the shape is " + java.util.Arrays.toString(dims))
                        .toException();
            }
        }
        if (TensorForm.elements(dims)
                > Math.min(limits.tensorElements(), Integer.MAX_VALUE / Math.max(1, type.bytes()))) {
            throw Problem.usage("serve.too-large", "the tensor has more elements than a request may have")
                    .at("input " + quoted(name))
                    .because(TensorForm.text(dims) + ", at most " + limits.tensorElements() + " may be")
                    .attempt("skerry agent --limit-elements")
                    .toException();
        }
    }

    /** The forms of what is wanted, in its order; all where nothing is named. */
    List<TensorForm> outputs(List<WantedOutput> wanted) {
        if (wanted.isEmpty()) {
            return List.copyOf(outputs.values());
        }
        var forms = new ArrayList<TensorForm>();
        var names = new HashSet<String>();
        for (WantedOutput output : wanted) {
            TensorForm form = outputs.get(output.name());
            if (form == null) {
                throw unknown("output", output.name(), outputs).toException();
            }
            if (!names.add(output.name())) {
                throw Problem.usage("serve.tensor", "the output is asked for twice")
                        .at("model " + model + ", output " + output.name())
                        .toException();
            }
            forms.add(form);
        }
        return forms;
    }

    private Problem unknown(String kind, String name, Map<String, TensorForm> known) {
        var problem = Problem.usage("serve.tensor", "the model has no " + kind + " " + quoted(name))
                .at("model " + model)
                .because("it has " + String.join(", ", known.keySet()));
        return Suggestion.nearest(name, known.keySet()).map(problem::attempt).orElse(problem);
    }

    private Problem wrong(String input, String what) {
        return Problem.usage("serve.tensor", what).at("model " + model + ", input " + quoted(input));
    }
}
