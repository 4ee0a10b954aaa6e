package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.Level;
import org.jspecify.annotations.Nullable;

/** Where answers end, on the queue's thread: decisions of the model into the digest, and all into the actions. */
final class Answers implements ActionQueue.Sink<Decision, Edition> {
    private final @Nullable Actions actions;
    private final DecisionDigest digest = new DecisionDigest();
    private final Decision lastGood;
    private long lastGoodCycle = -1;

    /**
     * Nothing has come yet.
     *
     * @param lastGood a decision of the model's, to keep the last one in
     * @param actions null where nothing is done with the answers
     */
    Answers(Decision lastGood, @Nullable Actions actions) {
        this.lastGood = lastGood;
        this.actions = actions;
    }

    @Override
    public void decision(long cycle, Decision decision, Level level, Edition edition) {
        if (level == Level.NOMINAL) {
            digest.add(cycle, decision);
        }
        lastGood.copy(decision);
        lastGoodCycle = cycle;
        act(cycle, decision, level, edition);
    }

    @Override
    public void standIn(long cycle, Level level, long lastGood, Edition edition) {
        switch (level) {
            // where the queue has lost that decision, what is left is older than whoever chose it knew
            case LAST_GOOD ->
                act(
                        cycle,
                        lastGoodCycle >= lastGood ? this.lastGood : lastResort(edition),
                        lastGoodCycle >= lastGood ? level : lastLevel(edition),
                        edition);
            case STAND_IN, NOMINAL, FALLBACK_MODEL -> act(cycle, edition.standIn(), Level.STAND_IN, edition);
            case SAFE -> act(cycle, edition.safe(), level, edition);
        }
    }

    private static Decision lastResort(Edition edition) {
        return edition.standIn().count() > 0 ? edition.standIn() : edition.safe();
    }

    private static Level lastLevel(Edition edition) {
        return edition.standIn().count() > 0 ? Level.STAND_IN : Level.SAFE;
    }

    private void act(long cycle, Decision decision, Level level, Edition edition) {
        if (actions != null) {
            actions.act(cycle, edition.feed().sampleId(cycle), decision, level, edition.model());
        }
    }

    /** Whether anything is done with the answers. */
    boolean acts() {
        return actions != null;
    }

    DecisionDigest digest() {
        return digest;
    }
}
