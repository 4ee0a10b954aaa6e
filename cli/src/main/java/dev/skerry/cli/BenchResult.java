package dev.skerry.cli;

import dev.skerry.assess.BenchPlan;
import dev.skerry.assess.BenchRow;
import dev.skerry.assess.NodeProfile;
import dev.skerry.assess.SampleLibrary;
import dev.skerry.compress.ModelAccuracy;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Scenario;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code bench} found out.
 *
 * @param output file with every latency; null where there is none
 */
record BenchResult(
        String model,
        BenchPlan plan,
        SampleLibrary samples,
        List<BenchRow> rows,
        Profiled profiled,
        List<Judged> judged,
        @Nullable Path output,
        boolean interrupted) {
    /** How good a runtime's answers are, or why nobody knows. */
    record Judged(
            String runtime,
            @Nullable ModelAccuracy accuracy,
            @Nullable Problem problem) {}

    /**
     * Where an inference goes.
     *
     * @param profile null where nobody asked, or nobody tells
     * @param problem why nobody tells; null elsewhere
     */
    record Profiled(@Nullable NodeProfile profile, @Nullable Problem problem) {
        static final Profiled NOT = new Profiled(null, null);
    }

    BenchResult {
        rows = List.copyOf(rows);
        judged = List.copyOf(judged);
    }

    List<BenchRow.Measured> measured() {
        return rows.stream()
                .filter(BenchRow.Measured.class::isInstance)
                .map(BenchRow.Measured.class::cast)
                .toList();
    }

    /** Of the first scenario that was measured the row with the best figure. */
    Optional<BenchRow.Measured> best() {
        Optional<Scenario> first =
                measured().stream().map(BenchRow.Measured::scenario).findFirst();
        Comparator<BenchRow.Measured> byFigure =
                Comparator.comparingDouble(row -> row.verdict().unit() == LoadVerdict.Unit.LATENCY
                        ? row.verdict().figure()
                        : -row.verdict().figure());
        return measured().stream()
                .filter(row -> row.scenario() == first.orElseThrow())
                .min(byFigure);
    }

    /** Where a run of this plan is no result that MLPerf's rules would take. */
    List<String> departures() {
        return measured().stream()
                .flatMap(row -> row.run().settings().departures().stream())
                .distinct()
                .toList();
    }

    /** Whether times, numbers of queries and seeds are those of MLPerf. */
    boolean isOfficial() {
        return plan.official() && departures().isEmpty();
    }

    ObjectNode toJson() {
        ObjectNode json = Context.JSON.createObjectNode();
        json.put("schema", "skerry.bench/1").put("model", model).put("quick", !isOfficial());
        json.put("interrupted", interrupted);
        json.putObject("input")
                .put("origin", samples.origin())
                .put("total", samples.total())
                .put("held", samples.size())
                .put("digest", samples.digest())
                .put("decodeMicros", samples.decodeMicros());
        var list = json.putArray("rows");
        rows.forEach(row -> list.add(row.toJson()));
        best().ifPresentOrElse(row -> json.set("best", row.toJson()), () -> json.putNull("best"));
        NodeProfile profile = profiled.profile;
        if (profile == null) {
            json.putNull("profile");
        } else {
            json.set("profile", profile.toJson());
        }
        Problem unprofiled = profiled.problem;
        json.put("profileReason", unprofiled == null ? null : unprofiled.toString());
        var accuracies = json.putArray("accuracy");
        for (Judged each : judged) {
            ObjectNode row = accuracies.addObject().put("runtime", each.runtime);
            ModelAccuracy accuracy = each.accuracy;
            row.put("metric", accuracy == null ? null : accuracy.metric())
                    .put("value", accuracy == null ? null : (Double) accuracy.value())
                    .put("samples", accuracy == null ? null : (Long) accuracy.samples());
            if (accuracy == null || accuracy.interval() == null) {
                row.putNull("interval");
            } else {
                row.putArray("interval")
                        .add(accuracy.interval().low())
                        .add(accuracy.interval().high());
            }
            Problem problem = each.problem;
            row.put("reason", problem == null ? null : problem.toString());
        }
        return json.put("output", output == null || measured().isEmpty() ? null : output.toString());
    }
}
