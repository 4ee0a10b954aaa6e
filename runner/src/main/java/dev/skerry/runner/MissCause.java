package dev.skerry.runner;

/** Why a decision did not leave by its deadline. */
enum MissCause {
    /** The inference threw, or its result wasn't a number. */
    FAILURE("failed inference"),
    /** The inference did not come back. */
    HUNG("hung inference"),
    /** The source had no sample that could be decided upon. */
    NO_SAMPLE("no sample"),
    /** The models before it in the cycle left it no time. */
    GAVE_WAY("gave way"),
    /** It was on time, or would have been, and its level kept it from answering. */
    HELD("held by its level"),
    /** A safepoint for garbage collection stopped it. */
    COLLECTION("garbage collection"),
    /** Another safepoint stopped it. */
    SAFEPOINT("JVM safepoint"),
    /** It was runnable, and the kernel ran others on its core. */
    PREEMPTED("preempted"),
    /** The hypervisor gave the core to others. */
    STOLEN("stolen by the host"),
    /** Threads that do nothing but sleep woke late too: the machine as a whole stood still, or was too busy. */
    MACHINE("machine stalled"),
    /** Pages had to be brought in from storage. */
    PAGE_FAULT("page faults"),
    /** The timer woke it late, for none of the reasons above. */
    LATE_WAKE("woken late"),
    /** It was on the CPU all the time: the model takes that long. */
    OWN_CODE("own code"),
    /** None of these explains it. */
    UNATTRIBUTED("unattributed");

    private final String label;

    MissCause(String label) {
        this.label = label;
    }

    /** As people read it, and as it stands in the report. */
    String label() {
        return label;
    }
}
