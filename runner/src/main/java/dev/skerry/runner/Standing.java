package dev.skerry.runner;

import dev.skerry.pipeline.Level;

/**
 * Where a model stands: who answers for it, and what leads on from there. A value.
 *
 * @param onTime releases in a row that the model was on time, while others still answer for it
 * @param without the last releases that went without a model's decision, the newest last; as many as the constraint looks back
 * @param violations how often the weakly-hard constraint was violated
 * @param closest the most releases without a decision that any window of the constraint has held
 */
record Standing(Level level, int onTime, Releases without, long violations, int closest) {
    static final Standing INITIAL = new Standing(Level.NOMINAL, 0, Releases.NONE, 0, 0);

    Standing at(Level level) {
        return level == this.level ? this : new Standing(level, onTime, without, violations, closest);
    }

    Standing onTime(int releases) {
        return releases == onTime ? this : new Standing(level, releases, without, violations, closest);
    }
}
