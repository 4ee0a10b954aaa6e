package dev.skerry.compress;

import dev.skerry.measure.Statistic;
import dev.skerry.measure.WordErrors;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Word error rate. The model answers in text; or in symbols of the alphabet by number; or in scores of them over time
 * ([1, T, C] or [T, 1, C]), which are read greedily under connectionist temporal classification.
 */
final class TextTally implements Tally {
    private static final Set<String> BLANKS = Set.of("", "<blank>", "<blk>", "<pad>", "[PAD]", "<ctc>");

    private final List<String> names;
    private final WordErrors errors = new WordErrors();

    TextTally(List<String> names) {
        this.names = names;
    }

    @Override
    public void add(Sample sample, Map<String, Tensor> outputs) {
        if (!(sample.truth() instanceof Truth.Text(String words, List<String> alphabet))) {
            throw new IllegalStateException(sample.id());
        }
        for (String name : names) {
            Tensor output = outputs.get(name);
            if (output == null) {
                continue;
            }
            if (output.type() == DataType.STRING) {
                errors.add(words, String.join(" ", output.strings()));
                return;
            }
            if (alphabet.isEmpty() || output.rank() == 0) {
                continue;
            }
            if (output.type() == DataType.INT64 || output.type() == DataType.INT32) {
                int[] symbols = IntStream.range(0, Math.toIntExact(output.elements()))
                        .map(i -> (int) output.longAt(i))
                        .filter(symbol -> symbol >= 0 && symbol < alphabet.size())
                        .toArray();
                errors.add(words, spelt(symbols, alphabet));
                return;
            }
            int classes = (int) output.dims()[output.rank() - 1];
            // one class more than symbols is the blank, which then comes last
            if (classes == alphabet.size() || classes == alphabet.size() + 1) {
                // says it where a score is no number
                Tally.finite(output, sample);
                int[] path = WordErrors.collapse(Verdicts.decisions(output), blank(alphabet, classes));
                errors.add(words, spelt(path, alphabet));
                return;
            }
        }
        throw Problem.usage("compress.truth", "the model's answer can't be read as text")
                .at("evaluation, sample " + sample.id())
                .because("the alphabet has " + alphabet.size() + " symbols, and the model gives "
                        + TargetTally.types(names, outputs))
                .attempt("an array 'alphabet' with the symbol of each class, the blank as <blank>")
                .attempt("an evaluator of your own: --evaluator \"COMMAND {model}\"")
                .toException();
    }

    private static int blank(List<String> alphabet, int classes) {
        if (classes > alphabet.size()) {
            return alphabet.size();
        }
        int marked = IntStream.range(0, classes)
                .filter(symbol -> BLANKS.contains(alphabet.get(symbol)))
                .findFirst()
                .orElse(0);
        return marked;
    }

    private static String spelt(int[] symbols, List<String> alphabet) {
        var text = new StringBuilder();
        for (int symbol : symbols) {
            String letter = alphabet.get(symbol);
            boolean mark =
                    BLANKS.contains(letter) || letter.length() > 2 && letter.startsWith("<") && letter.endsWith(">");
            // what some vocabularies write for a space
            text.append(mark ? "" : letter.equals("|") ? " " : letter.replace('\u2581', ' '));
        }
        return text.toString();
    }

    @Override
    public Statistic statistic() {
        return errors;
    }
}
