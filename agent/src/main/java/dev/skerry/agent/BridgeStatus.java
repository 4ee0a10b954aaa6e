package dev.skerry.agent;

import dev.skerry.pipeline.SampleRing;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What has crossed between the network and a run.
 *
 * @param source null where it is not on the network
 * @param withheld decisions that the egress policy kept on the device
 * @param overrun decisions that were overwritten before they were read
 * @param actions those on the network
 */
public record BridgeStatus(@Nullable Source source, long withheld, long overrun, List<Action> actions) {
    /**
     * A source.
     *
     * @param state by its word: starting, delivering, troubled or ended
     * @param samples that were put together of rows
     * @param rows that came and could be used
     * @param refused messages or values that could not
     * @param duplicates messages that came more than once and were left out
     * @param gaps times at which rows were missing
     * @param outages times at which nothing came any more
     * @param reconnects times at which it came back
     * @param trouble what it said last that it can't do; null where it never did
     */
    public record Source(
            String name,
            String state,
            long samples,
            long rows,
            long refused,
            long duplicates,
            long gaps,
            long outages,
            long reconnects,
            @Nullable String trouble) {}

    /**
     * An action.
     *
     * @param waiting decisions in memory until they can leave
     * @param lost decisions that waited too long
     * @param refused decisions that the other side never takes
     * @param trouble why none leaves; null where they do
     */
    public record Action(
            String name,
            long sent,
            long waiting,
            long lost,
            long refused,
            @Nullable String trouble) {}

    public BridgeStatus {
        actions = List.copyOf(actions);
    }

    static BridgeStatus of(@Nullable Ingest ingest, @Nullable Dispatch dispatch) {
        Dispatch.Counts counts = dispatch == null ? Dispatch.Counts.NONE : dispatch.counts();
        return new BridgeStatus(
                ingest == null ? null : source(ingest),
                counts.withheld(),
                counts.overrun(),
                counts.outlets().stream()
                        .map(each -> new Action(
                                each.name(),
                                each.sent(),
                                each.waiting(),
                                each.lost(),
                                each.refused(),
                                each.trouble() == null ? null : each.trouble().toString()))
                        .toList());
    }

    private static Source source(Ingest ingest) {
        NetworkSource.Counts counts = ingest.counts();
        SampleRing ring = ingest.ring().ring();
        return new Source(
                ingest.name(),
                ring.state().name().toLowerCase(Locale.ROOT),
                ring.published(),
                counts.taken(),
                counts.refused(),
                counts.duplicates(),
                counts.gaps(),
                counts.outages(),
                ring.count(SampleRing.Counter.RECONNECTS),
                ring.trouble());
    }
}
