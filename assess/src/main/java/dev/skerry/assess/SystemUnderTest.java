package dev.skerry.assess;

/**
 * What answers queries. Each instance belongs to one thread at a time.
 */
interface SystemUnderTest extends AutoCloseable {
    /** How many queries can be answered at once. */
    int instances();

    /** How many samples one inference takes. */
    int batch();

    /** Answers a query for the samples from {@code from} to below {@code to}, and returns when all answers are there. */
    void answer(int instance, int[] samples, int from, int to);

    /** Counts where the time of the instance's last answer went; called outside of it. */
    void account(int instance, long issuedNanos, long doneNanos);

    @Override
    void close();
}
