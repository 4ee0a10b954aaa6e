package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runner.CorePolicy.Core;
import java.util.List;
import org.junit.jupiter.api.Test;

class CorePolicyTest {
    @Test
    void takesTheLastOfEqualCores() {
        assertThat(CorePolicy.choose(-1, List.of(core(0, 0), core(1, 0), core(2, 0))))
                .hasValue(2);
    }

    @Test
    void takesAFastCoreBeforeOneWithAHighNumber() {
        assertThat(CorePolicy.choose(-1, List.of(core(0, 1024), core(1, 1024), core(2, 400))))
                .hasValue(1);
    }

    @Test
    void takesAnIsolatedCoreBeforeAFastOne() {
        assertThat(CorePolicy.choose(-1, List.of(core(0, 1024), new Core(1, 400, true), core(2, 1024))))
                .hasValue(1);
    }

    @Test
    void leavesTheOnlyCoreToAll() {
        assertThat(CorePolicy.choose(-1, List.of(core(3, 0)))).isEmpty();
    }

    @Test
    void takesTheWantedCoreOnlyWhereItIsAllowed() {
        assertThat(CorePolicy.choose(0, List.of(core(0, 0), core(1, 0)))).hasValue(0);
        assertThat(CorePolicy.choose(5, List.of(core(0, 0), core(1, 0)))).isEmpty();
    }

    @Test
    void readsTheKernelsLists() {
        assertThat(CorePolicy.parseList("1,3-5\n")).containsExactly(1, 3, 4, 5);
        assertThat(CorePolicy.parseList("\n")).isEmpty();
    }

    private static Core core(int number, long capacity) {
        return new Core(number, capacity, false);
    }
}
