package dev.skerry.project;

import dev.skerry.compress.Scale;
import dev.skerry.compress.Score;
import dev.skerry.measure.Interval;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads the line in which an evaluator says how good a model is: a number in percent, or a JSON object. */
final class ScoreText {
    static final String EXAMPLE = "printing {\"accuracy\": 97.5, \"n\": 1000} as the last line, or a number in percent";

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> KEYS =
            List.of("accuracy", "value", "metric", "n", "interval", "lowerIsBetter", "unit", "perSample");

    /** Figures that people round; a mean may differ from the value by this, in points or in percent of it. */
    private static final double ROUNDED = 0.06;

    private final String variant;
    private final String command;

    private ScoreText(String variant, String command) {
        this.variant = variant;
        this.command = command;
    }

    static Score parse(String line, String variant, String command) {
        return new ScoreText(variant, command).score(line);
    }

    private Score score(String line) {
        JsonNode json;
        try {
            json = JSON.readTree(line);
        } catch (JacksonException _) {
            json = JSON.nullNode();
        }
        if (json.isNumber()) {
            return new Score("evaluator", percent(json.doubleValue(), true), 0, null, Scale.PERCENT, List.of());
        }
        if (!json.isObject()) {
            String shown = line.length() > 80 ? line.substring(0, 80) + "…" : line;
            throw refused("the evaluator's last line is neither JSON nor a number", "it is: " + shown)
                    .attempt(EXAMPLE)
                    .toException();
        }
        return score(json);
    }

    private Score score(JsonNode json) {
        for (String key : json.propertyNames()) {
            // a figure that only the user cares for is welcome, a key that is misspelt isn't
            if (!KEYS.contains(key) && Suggestion.nearest(key, KEYS).isPresent()) {
                throw refused("the evaluator says '" + key + "'", null)
                        .attempt("'" + Suggestion.nearest(key, KEYS).orElseThrow() + "'")
                        .toException();
            }
        }
        boolean accuracy = json.has("accuracy");
        JsonNode figure = accuracy ? json.path("accuracy") : json.path("value");
        if (!figure.isNumber() || !Double.isFinite(figure.doubleValue())) {
            throw refused("the evaluator's JSON has no number 'accuracy' or 'value'", null)
                    .attempt(EXAMPLE)
                    .toException();
        }
        String unit = json.path("unit").asString(accuracy ? "" : "own");
        if (!List.of("", "percent", "share", "own").contains(unit)) {
            throw refused("the evaluator's unit '" + unit + "' is none of percent, share, own", null)
                    .toException();
        }
        var scale = new Scale(!unit.equals("own"), json.path("lowerIsBetter").asBoolean(false));
        double factor = unit.equals("share") ? 100 : 1;
        double value = factor * figure.doubleValue();
        if (scale.percent()) {
            value = scale.lowerIsBetter() ? value : percent(value, unit.isEmpty());
        }
        long samples = Math.max(0, json.path("n").asLong(0));
        List<Double> perSample = perSample(json.path("perSample"), value, scale);
        return new Score(
                json.path("metric").asString(accuracy ? "accuracy" : "evaluator"),
                value,
                samples > 0 ? samples : perSample.size(),
                interval(json.path("interval"), value, factor),
                scale,
                perSample);
    }

    /** @param unsaid whether it may have been meant as a share of 1 */
    private double percent(double value, boolean unsaid) {
        if (!(value >= 0 && value <= 100)) {
            throw refused("the evaluator's accuracy " + value + " is not between 0 and 100", null)
                    .attempt("\"value\" in place of \"accuracy\", for a figure in a unit of its own")
                    .toException();
        }
        if (unsaid && value > 0 && value <= 1) {
            throw refused("the evaluator's accuracy " + value + " may be percent or a share of 1", null)
                    .attempt("\"unit\": \"share\", or \"unit\": \"percent\"")
                    .toException();
        }
        return value;
    }

    private @Nullable Interval interval(JsonNode json, double value, double factor) {
        if (json.isMissingNode() || json.isNull()) {
            return null;
        }
        double low = factor * json.path(0).asDouble(Double.NaN);
        double high = factor * json.path(1).asDouble(Double.NaN);
        double slack = ROUNDED * Math.max(1, Math.abs(value) / 100);
        if (json.size() != 2 || !(low <= value + slack && value - slack <= high)) {
            throw refused("the evaluator's interval doesn't hold its value", "it is " + json + " around " + value)
                    .attempt("\"interval\": [low, high]")
                    .toException();
        }
        return new Interval(low, high);
    }

    /** In the unit of the value, whichever it was given in. */
    private List<Double> perSample(JsonNode json, double value, Scale scale) {
        var figures = new ArrayList<Double>();
        for (JsonNode one : json) {
            double figure = one.isBoolean() ? one.booleanValue() ? 1 : 0 : one.asDouble(Double.NaN);
            if (!Double.isFinite(figure)) {
                throw refused("the evaluator's perSample holds " + one, null)
                        .attempt("a number, or true or false, for each sample")
                        .toException();
            }
            figures.add(figure);
        }
        if (figures.isEmpty()) {
            return List.of();
        }
        double mean =
                figures.stream().mapToDouble(Double::doubleValue).average().orElse(0);
        double slack = scale.percent() ? ROUNDED : ROUNDED / 100 * Math.abs(value) + 1e-9;
        if (scale.percent() && Math.abs(100 * mean - value) <= slack) {
            return figures.stream().map(figure -> 100 * figure).toList();
        }
        if (Math.abs(mean - value) > slack) {
            throw refused(
                            "the mean of the evaluator's perSample is not its value",
                            "it is " + mean + ", and not " + value)
                    .attempt("figures of samples whose mean is the value, or none")
                    .toException();
        }
        return figures;
    }

    private Problem refused(String what, @Nullable String why) {
        return Problem.usage("compress.evaluator", what)
                .at(command + ", model " + variant)
                .because(why);
    }
}
