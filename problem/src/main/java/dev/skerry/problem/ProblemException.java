package dev.skerry.problem;

/**
 * Carries a {@link Problem} from the place that found it to the one that shows it, past code that has nothing to add. It has
 * no stack trace, since it is an answer and not a defect. Where a caller must choose by the outcome, a sealed value is returned instead.
 */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(problem.toString(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
