package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class StartPagesTest {
    private static final String SMAPS = """
            7f10a000-7f10c000 r-xp 00001000 fe:00 4711                       /lib/libwork.so
            Size:                  8 kB
            Rss:                4096 kB
            Anonymous:             0 kB
            VmFlags: rd ex mr mw me
            7f10c000-7f10d000 r--p 00003000 fe:00 4711                       /lib/relocated data.so
            Rss:                1024 kB
            Anonymous:          1024 kB
            7f10d000-7f10e000 rw-p 00004000 fe:00 4711                       /lib/libwork.so
            Rss:                1024 kB
            Anonymous:             0 kB
            7f10e000-7f10f000 r--p 00000000 00:00 0
            Rss:                1024 kB
            Anonymous:             0 kB
            7f10f000-7f110000 r--s 00000000 fe:00 4712                       /lib/modules
            Rss:                1024 kB
            Anonymous:             0 kB
            7f110000-7f111000 r-xp 00000000 fe:00 4713                       /lib/small.so
            Rss:                 128 kB
            Anonymous:             0 kB
            7f111000-7f112000 r-xp 00000000 00:00 0                          [vdso]
            Rss:                1024 kB
            Anonymous:             0 kB
            ffffffffff600000-ffffffffff601000 r--p 00000000 fe:00 4714       /lib/high.so
            Rss:                 300 kB
            Anonymous:             0 kB""";

    @Test
    void onlyWhatItsFileHoldsIsLetGo() {
        assertThat(StartPages.clean(SMAPS))
                .containsExactly(
                        new StartPages.Range(0x7f10a000L, 0x7f10c000L),
                        new StartPages.Range(0xffffffffff600000L, 0xffffffffff601000L));
    }

    @Test
    void nothingIsFoundWhereTheKernelSaysNothing() {
        assertThat(StartPages.clean("")).isEmpty();
    }

    @Test
    void libraryLosesItsPagesAndWorksOn() throws IOException {
        assumeTrue(Posix.present());
        List<StartPages.Range> before = StartPages.clean(smaps());
        assertThat(before).isNotEmpty();
        long resident = residentKilobytes();

        StartPages.letGo();

        long after = residentKilobytes();
        assertThat(after).isLessThan(resident - 1000);
        assertThat("a b".split(" ")).containsExactly("a", "b");
        System.gc();
        assertThat(StartPages.clean(smaps())).as("touched again").isNotEmpty();
    }

    private static String smaps() throws IOException {
        return Files.readString(Path.of("/proc/self/smaps"), StandardCharsets.ISO_8859_1);
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssFile:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }
}
