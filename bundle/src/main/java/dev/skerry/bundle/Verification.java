package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.List;

/** What came out of checking a bundle or a firmware package. */
public sealed interface Verification {
    /** What was checked and found right, in words and in order. */
    List<String> checks();

    /**
     * Whole, and signed by somebody trusted.
     *
     * @param digest of the bundle's manifest; of a firmware package, of all that is signed
     * @param signers ids of the trusted keys that signed it
     */
    record Verified(Digest digest, List<String> signers, List<String> checks) implements Verification {
        public Verified {
            signers = List.copyOf(signers);
            checks = List.copyOf(checks);
        }
    }

    /** Not to be used, with the reason; {@code checks} are those passed before. */
    record Refused(Problem problem, List<String> checks) implements Verification {
        public Refused {
            checks = List.copyOf(checks);
        }
    }
}
