package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StackUseTest {
    private static final Disassembly PROGRAM = Disassembly.of("""
            00000100 <invoke>:
                 100:\tpush\t{r4, lr}
                 102:\tbl\t200 <small>
                 106:\tb.w\t300 <large.constprop.0>

            00000200 <small>:
                 200:\tbx\tlr

            00000300 <large.constprop.0>:
                 300:\tbl\t400 <__aeabi_ldivmod>
                 304:\tbeq.n\t300 <large.constprop.0>
                 306:\tldr\tr0, [pc, #4]\t@ (30c <large.constprop.0+0xc>)

            00000400 <__aeabi_ldivmod>:
                 400:\tstmdb\tsp!, {r4, r5, r6, lr}
                 404:\tsub\tsp, #8
                 406:\tstr.w\tr0, [sp, #-4]!
            """);

    private static final List<String> FRAMES =
            List.of("m.c:1:6:invoke\t8\tstatic", "m.c:9:6:small\t100\tstatic", "m.c:20:13:large\t96\tstatic");

    @Test
    void worstWayThroughTheCallsCounts() {
        var stack = new StackUse(FRAMES, PROGRAM);
        assertThat(stack.of("small")).isEqualTo(100);
        // the compiler wrote nothing on the library's function: four registers, eight bytes and a word
        assertThat(stack.of("__aeabi_ldivmod")).isEqualTo(28);
        assertThat(stack.of("invoke")).isEqualTo(8 + 96 + 28);
    }

    @Test
    void recursionHasNoLimit() {
        Disassembly circle = Disassembly.of("""
                00000100 <a>:
                     100:\tbl\t200 <b>

                00000200 <b>:
                     200:\tbl\t100 <a>
                """);
        assertThatThrownBy(() -> new StackUse(List.of(), circle).of("a")).hasMessageContaining("calls itself");
    }
}
