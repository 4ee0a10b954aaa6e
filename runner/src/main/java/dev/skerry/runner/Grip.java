package dev.skerry.runner;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a thread is in a native call, and whether it has been given up there. A native call can't be interrupted: who waits too long
 * for it lets go, and the thread, should it ever come back, finds that out before it touches anything again.
 */
final class Grip {
    private static final int OUTSIDE = 0;
    private static final int INSIDE = 1;
    private static final int LET_GO = 2;

    private final AtomicInteger state = new AtomicInteger();

    /** On the thread, before the call. */
    void enter() {
        state.compareAndSet(OUTSIDE, INSIDE);
    }

    /** On the thread, after it; false where it was given up meanwhile, and must end without a trace. */
    boolean leave() {
        return state.compareAndSet(INSIDE, OUTSIDE);
    }

    boolean inside() {
        return state.get() == INSIDE;
    }

    /** Gives the thread up; false where it has just come back. */
    boolean letGo() {
        return state.compareAndSet(INSIDE, LET_GO) || state.get() == LET_GO;
    }

    boolean isLetGo() {
        return state.get() == LET_GO;
    }
}
