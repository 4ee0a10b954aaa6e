package dev.skerry.agent;

import dev.skerry.agent.Metrics.Family;
import dev.skerry.agent.Metrics.Kind;
import dev.skerry.agent.Metrics.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What runners, their sources and their actions on the network are counted by. */
final class RunnerMetrics {
    private RunnerMetrics() {}

    static List<Family> of(List<RunnerStatus> runners) {
        if (runners.isEmpty()) {
            return List.of();
        }
        var families = new ArrayList<Family>();
        families.add(each(
                runners,
                "skerry_runner_deciding",
                Kind.GAUGE,
                "",
                "1 where the runner decides.",
                status -> status.state() == RunnerStatus.State.DECIDING ? 1 : 0));
        families.add(each(
                runners,
                "skerry_runner_down",
                Kind.GAUGE,
                "",
                "1 where it stays down.",
                status -> status.state() == RunnerStatus.State.DOWN ? 1 : 0));
        families.add(each(
                runners,
                "skerry_runner_restarts",
                Kind.COUNTER,
                "",
                "Times it was started again.",
                RunnerStatus::restarts));
        families.add(each(
                runners.stream()
                        .filter(status -> status.lastRestartMillis() != null)
                        .toList(),
                "skerry_runner_restart_duration",
                Kind.GAUGE,
                "s",
                "From its last death to the first decision after it.",
                status -> status.lastRestartMillis() == null ? 0 : status.lastRestartMillis() / 1e3));
        families.add(each(
                runners, "skerry_runner_cycles", Kind.GAUGE, "", "Releases of the run at hand.", RunnerStatus::cycles));
        families.add(each(
                runners,
                "skerry_runner_missed",
                Kind.GAUGE,
                "",
                "Releases of the run at hand without a decision in time.",
                RunnerStatus::missed));
        sources(families, runners);
        actions(families, runners);
        return families;
    }

    private static Family each(
            List<RunnerStatus> runners,
            String name,
            Kind kind,
            String unit,
            String help,
            ToDoubleFunction<RunnerStatus> reading) {
        return new Family(
                name,
                kind,
                unit,
                help,
                runners.stream()
                        .map(status ->
                                new Point(Map.of("target", status.target()), reading.applyAsDouble(status), null))
                        .toList());
    }

    private static void sources(List<Family> families, List<RunnerStatus> runners) {
        source(
                families,
                runners,
                "skerry_source_delivering",
                Kind.GAUGE,
                "1 where samples come.",
                source -> source.state().equals("delivering") ? 1 : 0);
        source(
                families,
                runners,
                "skerry_source_rows",
                Kind.COUNTER,
                "Rows that came and could be used.",
                s -> s.rows());
        source(families, runners, "skerry_source_refused", Kind.COUNTER, "Values that could not.", s -> s.refused());
        source(
                families,
                runners,
                "skerry_source_gaps",
                Kind.COUNTER,
                "Times at which rows were missing.",
                s -> s.gaps());
        source(
                families,
                runners,
                "skerry_source_outages",
                Kind.COUNTER,
                "Times at which nothing came.",
                s -> s.outages());
    }

    private static void source(
            List<Family> families,
            List<RunnerStatus> runners,
            String name,
            Kind kind,
            String help,
            ToDoubleFunction<BridgeStatus.Source> reading) {
        var points = new ArrayList<Point>();
        for (RunnerStatus status : runners) {
            BridgeStatus bridge = status.bridge();
            if (bridge != null && bridge.source() != null) {
                points.add(new Point(Map.of("target", status.target()), reading.applyAsDouble(bridge.source()), null));
            }
        }
        families.add(new Family(name, kind, "", help, List.copyOf(points)));
    }

    private static void actions(List<Family> families, List<RunnerStatus> runners) {
        action(families, runners, "skerry_action_sent", Kind.COUNTER, "Decisions that have left.", a -> a.sent());
        action(families, runners, "skerry_action_waiting", Kind.GAUGE, "Decisions that wait.", a -> a.waiting());
        action(families, runners, "skerry_action_lost", Kind.COUNTER, "Decisions that waited too long.", a -> a.lost());
        var withheld = new ArrayList<Point>();
        for (RunnerStatus status : runners) {
            BridgeStatus bridge = status.bridge();
            if (bridge != null) {
                withheld.add(new Point(Map.of("target", status.target()), bridge.withheld(), null));
            }
        }
        families.add(new Family(
                "skerry_egress_withheld",
                Kind.COUNTER,
                "",
                "Decisions that the egress policy kept on the device.",
                List.copyOf(withheld)));
    }

    private static void action(
            List<Family> families,
            List<RunnerStatus> runners,
            String name,
            Kind kind,
            String help,
            ToDoubleFunction<BridgeStatus.Action> reading) {
        var points = new ArrayList<Point>();
        for (RunnerStatus status : runners) {
            BridgeStatus bridge = status.bridge();
            if (bridge != null) {
                bridge.actions()
                        .forEach(action -> points.add(new Point(
                                Map.of("target", status.target(), "action", action.name()),
                                reading.applyAsDouble(action),
                                null)));
            }
        }
        families.add(new Family(name, kind, "", help, List.copyOf(points)));
    }
}
