package dev.skerry.runtime.spi;

import dev.skerry.problem.Problem;
import java.util.List;

/** Whether a runtime can work on this machine. */
public sealed interface Availability {
    /** It can; {@code providers} are its execution providers, such as {@code CPUExecutionProvider}. */
    record Present(String version, List<String> providers) implements Availability {
        public Present {
            providers = List.copyOf(providers);
        }
    }

    /** It can't, and why. */
    record Missing(Problem problem) implements Availability {}
}
