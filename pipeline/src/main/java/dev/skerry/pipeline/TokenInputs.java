package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which inputs of a model take what of an {@link Tokenizer.Encoding}. */
final class TokenInputs {
    private final List<Input> inputs;

    private TokenInputs(List<Input> inputs) {
        this.inputs = List.copyOf(inputs);
    }

    private enum Part {
        IDS,
        MASK,
        TYPES
    }

    @SuppressWarnings("ArrayRecordComponent") // dimensions that nobody changes
    private record Input(String name, Part part, DataType type, long[] dims) {
        Tensor of(Tokenizer.Encoding encoding) {
            long[] values = switch (part) {
                case IDS -> encoding.ids();
                case MASK -> encoding.mask();
                case TYPES -> encoding.types();
            };
            if (type == DataType.INT64) {
                return Tensor.ofLongs(name, dims, values);
            }
            int[] narrow = new int[values.length];
            for (int i = 0; i < narrow.length; i++) {
                narrow[i] = Math.toIntExact(values[i]);
            }
            return Tensor.ofInts(name, dims, narrow);
        }
    }

    /** @throws dev.skerry.problem.ProblemException {@code pipeline.tokenizer} where the model has no inputs for tokens */
    static TokenInputs of(Model model, Step.Tokenize step) {
        var inputs = new ArrayList<Input>();
        find(model, step.ids(), "input_ids", true).ifPresent(input -> inputs.add(input(input, Part.IDS, step)));
        find(model, step.mask(), "attention_mask", false).ifPresent(input -> inputs.add(input(input, Part.MASK, step)));
        find(model, step.types(), "token_type_ids", false)
                .ifPresent(input -> inputs.add(input(input, Part.TYPES, step)));
        return new TokenInputs(inputs);
    }

    private static Optional<ValueInfo> find(Model model, @Nullable String declared, String usual, boolean required) {
        String wanted = declared == null ? usual : declared;
        Optional<ValueInfo> found = model.graph().dataInputs().stream()
                .filter(input -> input.name().equals(wanted))
                .findFirst();
        if (found.isEmpty() && (required || declared != null)) {
            List<String> names =
                    model.graph().dataInputs().stream().map(ValueInfo::name).toList();
            Problem problem = problem("the model has no input '" + wanted + "'");
            throw Suggestion.nearest(wanted, names)
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElseGet(() -> problem.attempt("ids, mask or types with one of " + String.join(", ", names)))
                    .toException();
        }
        return found;
    }

    private static Input input(ValueInfo input, Part part, Step.Tokenize step) {
        if (!(input.type() instanceof ValueType.OfTensor tensor)
                || tensor.element() != DataType.INT64 && tensor.element() != DataType.INT32) {
            throw problem("the model's input '" + input.name() + "' is " + input.type() + ", tokens are int64 or int32")
                    .toException();
        }
        List<Dim> dims = tensor.shape() == null
                ? List.of(Dim.of(1), new Dim.Unknown())
                : tensor.shape().dims();
        if (dims.isEmpty() || dims.size() > 2) {
            throw problem("the model's input '" + input.name() + "' is " + tensor + ", tokens are [1, max-length]")
                    .toException();
        }
        if (dims.getLast() instanceof Dim.Known(long length) && length != step.maxLength()) {
            throw problem("the model's input '" + input.name() + "' takes " + length + " tokens, and max-length is "
                            + step.maxLength())
                    .attempt("max-length: " + length)
                    .toException();
        }
        return new Input(
                input.name(),
                part,
                tensor.element(),
                dims.size() == 1 ? new long[] {step.maxLength()} : new long[] {1, step.maxLength()});
    }

    private static Problem problem(String what) {
        return Problem.usage("pipeline.tokenizer", what).at("pipeline.pre[0].tokenize");
    }

    /** The tensors of one text by the model's names. */
    Map<String, Tensor> of(Tokenizer.Encoding encoding) {
        var tensors = new LinkedHashMap<String, Tensor>();
        inputs.forEach(input -> tensors.put(input.name, input.of(encoding)));
        return tensors;
    }
}
