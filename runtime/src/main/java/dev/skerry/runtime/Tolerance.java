package dev.skerry.runtime;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far outputs may be from the references.
 *
 * @param maxAbsError of any element, in the unit of the output
 * @param minAgreementPercent of decisions: how often the largest element must be the same; of no account where an output makes
 *     no such decision
 * @param rounding differences up to this one are the runtimes' rounding, also where a decision hangs on it
 */
public record Tolerance(double maxAbsError, double minAgreementPercent, double rounding) {
    /** For the same arithmetic in another runtime. */
    public static final Tolerance SAME_MODEL = new Tolerance(1e-3, 99.9);

    /** For a quantized variant, whose numbers differ and whose decisions may not. */
    public static final Tolerance SAME_DECISIONS = new Tolerance(Double.POSITIVE_INFINITY, 95);

    public Tolerance(double maxAbsError, double minAgreementPercent) {
        this(maxAbsError, minAgreementPercent, 0);
    }

    /** The same, but for what is rounding. */
    public Tolerance withRounding(double rounding) {
        return new Tolerance(maxAbsError, minAgreementPercent, rounding);
    }

    /** Why the outputs aren't good enough; null where they are. */
    @Nullable
    String objection(Agreement agreement) {
        if (agreement.maxAbsError() <= rounding) {
            return null;
        }
        if (agreement.maxAbsError() > maxAbsError) {
            return String.format(
                    Locale.ROOT, "outputs differ by up to %.3g, allowed is %.3g", agreement.maxAbsError(), maxAbsError);
        }
        Double percent = agreement.argmaxPercent();
        if (percent != null && percent < minAgreementPercent) {
            return String.format(
                    Locale.ROOT,
                    "%.2f %% of decisions are the reference's, wanted are %.2f %%",
                    percent,
                    minAgreementPercent);
        }
        return null;
    }
}
