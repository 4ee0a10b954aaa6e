package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import java.util.EnumMap;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The standing of one model while it runs, moved on by whoever knows something: the loop, the thread of its fallback model, the
 * watchdog. Every release has one verdict upon the model, which only one of them gives, and one answer, which {@link Claims} gives to
 * one of them. Nobody waits for another here.
 */
@SuppressWarnings("ReferenceEquality") // the state machine returns its argument where nothing changes
final class Response {
    private static final int TRANSITIONS_HELD = 10_000;
    private static final long NEVER = Long.MIN_VALUE;

    private final Schedule schedule;
    private final Claims verdicts = new Claims();
    private final AtomicReference<Standing> standing = new AtomicReference<>(Standing.INITIAL);
    private final TransitionLog transitions = new TransitionLog(TRANSITIONS_HELD);
    private final EnumMap<Level, AtomicLong> answers = new EnumMap<>(Level.class);
    private final AtomicLong lastGood = new AtomicLong(NEVER);
    private final AtomicLong lastOnTime = new AtomicLong(NEVER);
    private final Levels levels;
    private volatile Reason trouble = Reason.LATE;

    Response(Schedule schedule, Levels levels) {
        this.schedule = schedule;
        this.levels = levels;
        for (Level level : Level.values()) {
            answers.put(level, new AtomicLong());
        }
    }

    /** The first release without a verdict upon the model. */
    long nextVerdict() {
        return verdicts.next();
    }

    /** Makes the caller the one who says whether the model was on time at this release. */
    boolean judge(long release) {
        return verdicts.claim(release);
    }

    /** The model was on time, says who judges; whether its decision leaves. */
    boolean onTime(long release, long nowNanos) {
        lastOnTime.lazySet(release);
        while (true) {
            Standing now = standing.get();
            Standing next = levels.onTime(now);
            if (next == now || standing.compareAndSet(now, next)) {
                tell(release, nowNanos, now, next, Reason.RECOVERED);
                return next.level() == Level.NOMINAL;
            }
        }
    }

    /** The model wasn't, says who judges. */
    void missed(Reason why) {
        trouble = why;
        while (true) {
            Standing now = standing.get();
            Standing next = levels.missed(now);
            if (next == now || standing.compareAndSet(now, next)) {
                return;
            }
        }
    }

    /** Who is to answer a release that has no decision of the model. */
    Level choose(long release, boolean decided) {
        long good = lastGood.get();
        long age = good == NEVER ? Long.MAX_VALUE : schedule.deadline(release) - schedule.release(good);
        return levels.choose(standing.get(), release, decided, age);
    }

    /** Takes down an answer, before it leaves. */
    void answered(long release, Level by, long nowNanos) {
        count(by).getAndIncrement();
        if (by.isDecision()) {
            // the newest stays, whoever comes second
            lastGood.accumulateAndGet(release, Math::max);
        }
        if (by == Level.FALLBACK_MODEL && lastOnTime.get() == release) {
            // the model was there too, a moment later: no step down
            return;
        }
        while (true) {
            Standing now = standing.get();
            Standing next = levels.answered(now, release, by);
            if (next == now || standing.compareAndSet(now, next)) {
                boolean violated = next.violations() > now.violations() && next.level() == Level.SAFE;
                Reason why = violated ? Reason.WEAKLY_HARD : trouble;
                tell(release, nowNanos, now, next, why);
                return;
            }
        }
    }

    /** After a self-test; false where there was nothing to reset. */
    boolean reset(long release, long nowNanos, boolean passed) {
        while (true) {
            Standing now = standing.get();
            Standing next = levels.reset(now, passed);
            if (next == now) {
                return false;
            }
            if (standing.compareAndSet(now, next)) {
                tell(release, nowNanos, now, next, Reason.RESET);
                return true;
            }
        }
    }

    private void tell(long release, long nowNanos, Standing before, Standing after, Reason why) {
        if (before.level() != after.level()) {
            transitions.add(release, nowNanos, before.level(), after.level(), why);
        }
    }

    Level level() {
        return standing.get().level();
    }

    /** Whether the safe answer leaves whatever the model says. */
    boolean held() {
        return levels.held(standing.get());
    }

    /** Whether something answers where the model doesn't. */
    boolean answers() {
        return levels.answers();
    }

    /** The release of the last decision of a model; meaningful where {@link #choose} chose it. */
    long lastGood() {
        return lastGood.get();
    }

    Standing standing() {
        return standing.get();
    }

    Levels levels() {
        return levels;
    }

    TransitionLog transitions() {
        return transitions;
    }

    /** How many releases this level has answered. */
    long answers(Level level) {
        return count(level).get();
    }

    private AtomicLong count(Level level) {
        return Objects.requireNonNull(answers.get(level));
    }
}
