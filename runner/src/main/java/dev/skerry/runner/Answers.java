package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import org.jspecify.annotations.Nullable;

/** Where answers end, on the queue's thread: decisions into the digest, and all into the actions. */
final class Answers implements ActionQueue.Sink<Decision> {
    private final Feed feed;
    private final Decision fallback;
    private final @Nullable Actions actions;
    private final DecisionDigest digest = new DecisionDigest();

    /**
     * Over the samples of a feed.
     *
     * @param fallback the decision that stands for one that isn't there in time
     * @param actions null where nothing is done with the answers
     */
    Answers(Feed feed, Decision fallback, @Nullable Actions actions) {
        this.feed = feed;
        this.fallback = fallback;
        this.actions = actions;
    }

    @Override
    public void decision(long cycle, Decision decision) {
        digest.add(cycle, decision);
        act(cycle, decision, false);
    }

    @Override
    public void fallback(long cycle) {
        act(cycle, fallback, true);
    }

    private void act(long cycle, Decision decision, boolean isFallback) {
        if (actions != null) {
            actions.act(cycle, feed.sampleId(cycle), decision, isFallback);
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
