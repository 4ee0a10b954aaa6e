package dev.skerry.assess;

import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.MissBound;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A limit that latencies are to keep: {@code p99.9<50ms}, {@code max<=20ms}.
 *
 * @param share the percentile as a fraction; 1 for all
 * @param orEqual whether a latency that is just the limit keeps it
 */
public record LatencyObjective(String text, double share, boolean orEqual, long limitNanos) {
    private static final Pattern FORM = Pattern.compile(
            "\\s*(?:p(\\d+(?:\\.\\d+)?)|(max))\\s*(<=|≤|<)\\s*(\\d+(?:\\.\\d+)?)\\s*(ns|us|µs|ms|s)\\s*");

    /**
     * Whether a run shows it.
     *
     * @param over how many latencies don't keep the limit
     * @param upper95 the upper end of the one-sided 95 % interval of their share
     */
    public record Outcome(LatencyObjective objective, State state, long queries, long over, double upper95) {
        /** {@code upper95} and the share allowed are fractions. */
        public ObjectNode toJson() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("objective", objective.text)
                    .put("state", state.label())
                    .put("queries", queries)
                    .put("over", over)
                    .put("overUpper95Percent", 100 * upper95)
                    .put("allowedPercent", 100 * (1 - objective.share));
        }

        /** As a sentence. */
        public String describe() {
            String allowed = LoadVerdict.percent(1 - objective.share);
            String sure = String.format(Locale.ROOT, "%.4g %%", 100 * upper95);
            return switch (state) {
                case KEPT ->
                    objective.share == 1
                            ? "kept: none of %,d over it".formatted(queries)
                            : "kept: %,d of %,d over it, and with 95 %% confidence no more than %s of all (%s %% allowed)"
                                    .formatted(over, queries, sure, allowed);
                case OPEN ->
                    "not shown: %,d of %,d over it, which leaves up to %s of all at 95 %% confidence, and %s %% is allowed"
                            .formatted(over, queries, sure, allowed);
                case BROKEN -> "broken: %,d of %,d over it, and %s %% is allowed".formatted(over, queries, allowed);
            };
        }
    }

    /** What can be said of an objective. */
    public enum State {
        KEPT,
        /** Too few queries to be sure. */
        OPEN,
        BROKEN;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @throws dev.skerry.problem.ProblemException {@code usage} where it is something else */
    public static LatencyObjective parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw no(text, "its form is PERCENTILE<LIMIT");
        }
        double share = form.group(2) != null ? 1 : Double.parseDouble(form.group(1)) / 100;
        if (share <= 0 || share > 1) {
            throw no(text, "a percentile is between 0 and 100");
        }
        double unit = switch (form.group(5)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            default -> 1e9;
        };
        long limit = Math.round(Double.parseDouble(form.group(4)) * unit);
        if (limit < 1) {
            throw no(text, "nothing takes less than a nanosecond");
        }
        return new LatencyObjective(text.strip(), share, !form.group(3).equals("<"), limit);
    }

    private static RuntimeException no(String text, String why) {
        return Problem.usage("usage", "--slo: '" + text + "' is no objective")
                .because(why)
                .attempt("--slo 'p99.9<50ms', or 'max<20ms'")
                .toException();
    }

    public Outcome judge(long[] latencies) {
        long over = Arrays.stream(latencies)
                .filter(nanos -> orEqual ? nanos > limitNanos : nanos >= limitNanos)
                .count();
        double upper = MissBound.upper95(over, latencies.length);
        double allowed = 1 - share;
        State state;
        if (share == 1) {
            state = over == 0 ? State.KEPT : State.BROKEN;
        } else if ((double) over / latencies.length > allowed + 1e-12) {
            state = State.BROKEN;
        } else {
            state = upper <= allowed + 1e-12 ? State.KEPT : State.OPEN;
        }
        return new Outcome(this, state, latencies.length, over, upper);
    }
}
