package dev.skerry.runner;

import dev.skerry.problem.Problem;
import dev.skerry.runner.Attribution.Attributed;
import dev.skerry.runner.TransitionLog.Transition;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells of changes of level while a run goes on: to the parent, and to a file of JSON lines. Each waits for a moment, until what
 * explains it has been written down. On the thread that watches.
 */
final class Events {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long SETTLED_NANOS = 400_000_000;
    private static final int MISSES_SEEN = 64;

    private final List<Performer> performers;
    private final List<Lane> lanes;
    private final Wire wire;
    private final SafepointTail safepoints;
    private final int[] told;
    private @Nullable OutputStream out;

    /**
     * Opens the file.
     *
     * @param safepointLog of this JVM; null where there is none
     * @throws dev.skerry.problem.ProblemException code {@code run.events} where it can't be written
     */
    Events(RunPlan plan, List<Performer> performers, List<Lane> lanes, Wire wire, @Nullable Path safepointLog) {
        this.performers = performers;
        this.lanes = lanes;
        this.wire = wire;
        this.safepoints = new SafepointTail(safepointLog);
        this.told = new int[lanes.size()];
        this.out = open(plan.events());
    }

    private static @Nullable OutputStream open(@Nullable Path file) {
        if (file == null) {
            return null;
        }
        try {
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw Problem.environment("run.events", "the file of events can't be written")
                    .at(file.toString())
                    .because(e.toString())
                    .attempt("another file")
                    .toException();
        }
    }

    /** Tells those that have come and are explained by now. */
    void tell(long nowNanos, List<Stoppage> steals, List<Stoppage> hiccups) {
        tellBefore(nowNanos - SETTLED_NANOS, steals, hiccups);
    }

    /** Tells the rest. */
    void end(List<Stoppage> steals, List<Stoppage> hiccups) {
        tellBefore(Long.MAX_VALUE, steals, hiccups);
        OutputStream stream = out;
        if (stream != null) {
            try {
                stream.close();
            } catch (IOException _) {
                // what is lost there is in the report too
            }
        }
    }

    private void tellBefore(long nanos, List<Stoppage> steals, List<Stoppage> hiccups) {
        SafepointLog pauses = null;
        for (int i = 0; i < told.length; i++) {
            for (Transition transition : lanes.get(i).response().transitions().from(told[i])) {
                if (transition.nanos() > nanos) {
                    break;
                }
                pauses = pauses == null ? safepoints.read() : pauses;
                told[i]++;
                tell(i, transition, new Attribution(lanes.get(i).schedule(), pauses, steals, hiccups));
            }
        }
    }

    private void tell(int at, Transition transition, Attribution attribution) {
        Lane lane = lanes.get(at);
        String cause = cause(transition, lane.record().misses, attribution);
        ObjectNode line = JSON.createObjectNode()
                .put("model", performers.get(at).name())
                .put("cycle", transition.release())
                .put("atMillis", (transition.nanos() - lane.schedule().startNanos()) / 1e6)
                .put("from", transition.from().label())
                .put("to", transition.to().label())
                .put("reason", transition.reason().label())
                .put("cause", cause);
        wire.transition(line);
        OutputStream stream = out;
        if (stream != null) {
            try {
                stream.write((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
                stream.flush();
            } catch (IOException _) {
                // a full disk must not end the run; the report has all of them
                out = null;
            }
        }
    }

    /** What explains the miss at a step down; null for a step up. */
    static @Nullable String cause(Transition transition, MissLog misses, Attribution attribution) {
        if (!transition.to().isWorseThan(transition.from())) {
            return null;
        }
        List<MissLog.Missed> near = misses.around(transition.release(), MISSES_SEEN);
        if (near.isEmpty()) {
            return transition.reason() == Reason.HUNG ? MissCause.HUNG.label() : MissCause.UNATTRIBUTED.label();
        }
        Attributed last = attribution.attribute(near).getLast();
        return last.cause().label();
    }
}
