package dev.skerry.assess;

import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.QueryOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A result computed once more from its latencies: the verdict, the order of the samples from the seeds, the arrivals, and whether the times can
 * have been: queries that follow each other can't take longer together than the run.
 *
 * @param damage what contradicts itself in the file as a whole
 */
public record ResultCheck(List<String> damage, List<Run> runs) {
    /**
     * Between an answer and the next query lie some hundred nanoseconds, and on a busy machine now and then others' work. A mean of more
     * than this, and more than this share of the run, is a hole.
     */
    private static final double GAP_NANOS = 50_000;

    private static final double GAP_SHARE = 0.5;

    /**
     * A run of it.
     *
     * @param reasons why it isn't valid by its own settings
     * @param contradictions what can't be true together
     */
    public record Run(
            String subject,
            LoadSettings settings,
            LoadVerdict verdict,
            boolean partial,
            List<String> reasons,
            List<String> contradictions) {
        public Run {
            reasons = List.copyOf(reasons);
            contradictions = List.copyOf(contradictions);
        }

        public boolean valid() {
            return reasons.isEmpty() && contradictions.isEmpty();
        }

        public boolean official() {
            return settings.departures().isEmpty();
        }
    }

    public ResultCheck {
        damage = List.copyOf(damage);
        runs = List.copyOf(runs);
    }

    /** Whether everything in it is valid. */
    public boolean valid() {
        return damage.isEmpty() && !runs.isEmpty() && runs.stream().allMatch(Run::valid);
    }

    /**
     * Reads and checks a file.
     *
     * @throws dev.skerry.problem.ProblemException {@code bench.result} where it is no result
     */
    public static ResultCheck of(Path file) {
        ObjectNode document = ResultFile.read(file);
        var damage = new ArrayList<String>();
        if (!ResultFile.digest(document).equals(document.path("digest").asString(""))) {
            damage.add("its digest is not that of its content");
        }
        var runs = new ArrayList<Run>();
        int index = 0;
        for (JsonNode run : document.path("runs")) {
            runs.add(check(ResultFile.run(run, file + ", run " + index++)));
        }
        if (runs.isEmpty()) {
            damage.add("it holds no run");
        }
        return new ResultCheck(damage, runs);
    }

    private static Run check(ResultFile.Stored stored) {
        LoadSettings settings = stored.settings();
        LoadTimes times = stored.times();
        var contradictions = new ArrayList<String>();
        long[] latencies = times.latencies();
        for (long nanos : latencies) {
            if (nanos < 0) {
                contradictions.add("a latency is negative");
                return new Run(
                        stored.subject(),
                        settings,
                        LoadVerdict.of(settings, new LoadTimes(new long[] {0}, 0, 0, 0)),
                        stored.partial(),
                        List.of(),
                        contradictions);
            }
        }
        LoadVerdict verdict = LoadVerdict.of(settings, times);
        if (!ResultFile.same(ResultFile.verdict(verdict), stored.verdict())) {
            contradictions.add("its figures are not those of its latencies");
        }
        if (!ResultFile.same(ResultFile.settings(settings).path("departures"), stored.departures())) {
            contradictions.add("its departures from the rules are not those of its settings");
        }
        if (!IssuedSamples.expected(settings, verdict.samples()).equals(stored.issued())) {
            contradictions.add("its samples are not those that its seeds ask for");
        }
        switch (settings.scenario()) {
            case SINGLE_STREAM, MULTI_STREAM -> streams(times, contradictions);
            case SERVER -> server(settings, times, stored.partial(), contradictions);
            case OFFLINE -> offline(times, contradictions);
        }
        var reasons = new ArrayList<>(verdict.reasons());
        if (stored.partial()) {
            reasons.add("it was ended early");
        }
        return new Run(stored.subject(), settings, verdict, stored.partial(), reasons, contradictions);
    }

    /** Each query begins when the one before is answered. */
    private static void streams(LoadTimes times, List<String> contradictions) {
        long[] latencies = times.latencies();
        double before = 0;
        for (int i = 0; i < latencies.length - 1; i++) {
            before += latencies[i];
        }
        long last = latencies[latencies.length - 1];
        if (before > times.lastIssuedNanos()) {
            contradictions.add("its latencies together are longer than the run was");
        }
        double between = times.lastIssuedNanos() - before;
        if (between > GAP_NANOS * latencies.length && between > GAP_SHARE * times.lastIssuedNanos()) {
            contradictions.add("there is more time between its queries than any takes to come");
        }
        if (times.doneNanos() - times.lastIssuedNanos() != last) {
            contradictions.add("its end is not that of its last query");
        }
    }

    private static void server(LoadSettings settings, LoadTimes times, boolean partial, List<String> contradictions) {
        var order = new QueryOrder(settings);
        int[] sample = new int[order.size()];
        long[] latencies = times.latencies();
        long end = 0;
        long before = 0;
        for (long nanos : latencies) {
            before = order.scheduledNanos();
            order.next(sample);
            end = Math.max(end, order.scheduledNanos() + nanos);
        }
        if (order.scheduledNanos() != times.lastScheduledNanos()) {
            contradictions.add("its last query doesn't arrive when its seeds say");
        }
        if (end != times.doneNanos()) {
            contradictions.add("its end is not that of its last answer");
        }
        if (!partial && before >= settings.minDurationNanos() && latencies.length > settings.minQueries()) {
            contradictions.add("it has more queries than its settings ask for");
        }
    }

    private static void offline(LoadTimes times, List<String> contradictions) {
        long longest = 0;
        for (long nanos : times.latencies()) {
            longest = Math.max(longest, nanos);
        }
        if (longest != times.doneNanos()) {
            contradictions.add("its end is not that of its last answer");
        }
    }

    /** {@code skerry.bench-check/1} without its envelope. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("valid", valid());
        damage.forEach(json.putArray("damage")::add);
        var list = json.putArray("runs");
        for (Run run : runs) {
            ObjectNode each = list.addObject()
                    .put("subject", run.subject)
                    .put("scenario", run.settings.scenario().label())
                    .put("valid", run.valid())
                    .put("official", run.official())
                    .put("partial", run.partial);
            run.reasons.forEach(each.putArray("reasons")::add);
            run.contradictions.forEach(each.putArray("contradictions")::add);
            run.settings.departures().forEach(each.putArray("departures")::add);
            each.set("verdict", ResultFile.verdict(run.verdict));
        }
        return json;
    }
}
