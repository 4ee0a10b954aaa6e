package dev.skerry.runner;

/** The end of this process while a thread is in native code, whose library must not be taken down around it. */
public final class ProcessEnd {
    private ProcessEnd() {}

    /** At once: no hook, no destructor of any library. */
    public static void now(int code) {
        Posix.end(code);
    }
}
