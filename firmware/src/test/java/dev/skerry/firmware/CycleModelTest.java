package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.firmware.Disassembly.Instruction;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The figures are those of Arm's tables. */
final class CycleModelTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adds | r0, r1 | 1 | 1",
                "smlad | r0, r1, r2, r3 | 1 | 1",
                "smull | r0, r1, r2, r3 | 1 | 1",
                "ldr.w | r0, [r1, #4] | 2 | 2",
                "str | r0, [r1, #4] | 1 | 2",
                "ldrd | r0, r1, [r2] | 3 | 3",
                "ldmia.w | r0!, {r1, r2, r3, r4} | 5 | 5",
                "pop | {r4, pc} | 3 | 3",
                "vldmia | r0!, {d8-d15} | 17 | 17",
                "vpush | {s16-s19} | 5 | 5",
                "sdiv | r0, r1, r2 | 2 | 12",
                "vdiv.f32 | s0, s1, s2 | 14 | 14",
                "ite | eq | 0 | 1"
            })
    void cortexM4(String name, String operands, long low, long high) {
        assertThat(CycleModel.CORTEX_M4.of(new Instruction(name, operands), null))
                .isEqualTo(new Cycles(low, high));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "muls | r0, r1 | 1",
                "ldrb | r0, [r1] | 2",
                "ldmia | r0!, {r1, r2} | 3",
                "pop | {r4, pc} | 4",
                "bl | 100 <f> | 2"
            })
    void cortexM0Plus(String name, String operands, long cycles) {
        assertThat(CycleModel.CORTEX_M0PLUS.of(new Instruction(name, operands), null))
                .isEqualTo(Cycles.exactly(cycles));
    }

    /** Two loads next to each other, in a loop of three rounds that is left once. */
    @Test
    void loopCountsItsRoundsAndItsJumps() {
        Disassembly program = Disassembly.of("""
                00000100 <loop>:
                     100:\tldr\tr0, [r1, #0]
                     102:\tldr\tr2, [r1, #4]
                     104:\tsubs\tr3, #1
                     106:\tbne.n\t100 <loop>
                     108:\tbx\tlr
                """);
        Execution execution = Execution.of(List.of("0 100 4 3 1 0"));
        assertThat(execution.instructions()).isEqualTo(12);
        // 2 + 1 or 2, 1, 1, and a refill of 1 to 3 for each way back
        assertThat(CycleModel.CORTEX_M4.of(execution.blocks(), program)).isEqualTo(new Cycles(17, 24));
    }

    @Test
    void onlyRunsOfThePartCount() {
        Execution execution = Execution.of(List.of("0 100 4 3 1 0", "1 100 2 5 5 0"));
        assertThat(execution.part(1).blocks()).containsExactly(new Execution.Block(1, 0x100, 2, 5, 5, 0));
    }
}
