package dev.skerry.runner;

/** What moved a model to another level. */
enum Reason {
    /** Its decision wasn't there in time. */
    LATE("late"),
    /** Its inference had not come back when the next release was due. */
    HUNG("hung"),
    /** Its inference threw. */
    FAILED("failed"),
    /** Its decision was no number. */
    NOT_A_NUMBER("not a number"),
    /** No fresh sample came for longer than the source may be silent. */
    STALE_SENSOR("stale sensor"),
    /** Samples came, and were the same for longer than the source may repeat itself. */
    STUCK_SENSOR("stuck sensor"),
    /** The models before it in the cycle left it no time. */
    NO_TIME("no time left"),
    /** More releases went without a model's decision than are allowed. */
    WEAKLY_HARD("weakly-hard constraint"),
    /** The same as before, and what stood in last could not any more. */
    STILL("nothing better left"),
    /** It was on time for as many releases in a row as it takes. */
    RECOVERED("recovered"),
    /** Reset after a self-test. */
    RESET("reset");

    private final String label;

    Reason(String label) {
        this.label = label;
    }

    /** As people read it, and as it stands in the report. */
    String label() {
        return label;
    }
}
