package dev.skerry.runner;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/** Which core the loop gets: pure choice, no system calls. */
final class CorePolicy {
    private CorePolicy() {}

    /**
     * A core as far as the choice goes.
     *
     * @param capacity relative speed, 0 where it isn't known
     * @param isolated kept free of other threads by the kernel's command line
     */
    record Core(int number, long capacity, boolean isolated) {}

    /**
     * The wanted core if it is allowed; else an isolated one before a fast one before one with a high number, since the kernel
     * handles most interrupts on core 0. None where only one core is allowed: there the watchdog shares it anyway.
     *
     * @param wanted -1 for no wish
     */
    static OptionalInt choose(int wanted, List<Core> allowed) {
        if (wanted >= 0) {
            return allowed.stream()
                    .mapToInt(Core::number)
                    .filter(number -> number == wanted)
                    .findFirst();
        }
        return allowed.size() < 2
                ? OptionalInt.empty()
                : allowed.stream()
                        .filter(core -> core.number > 0)
                        .max(Comparator.comparing(Core::isolated)
                                .thenComparingLong(Core::capacity)
                                .thenComparingInt(Core::number))
                        .map(core -> OptionalInt.of(core.number))
                        .orElse(OptionalInt.empty());
    }

    /** Numbers of a kernel list such as {@code 1,3-5}. */
    static List<Integer> parseList(String text) {
        var numbers = new ArrayList<Integer>();
        for (String part : text.strip().split(",", -1)) {
            if (!part.isBlank()) {
                int dash = part.indexOf('-');
                int from = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
                int to = dash < 0 ? from : Integer.parseInt(part.substring(dash + 1));
                for (int i = from; i <= to; i++) {
                    numbers.add(i);
                }
            }
        }
        return numbers;
    }
}
