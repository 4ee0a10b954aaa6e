package dev.skerry.cli;

import static dev.skerry.cli.EmulatedDevice.Behaviour.FAILS;
import static dev.skerry.cli.EmulatedDevice.Behaviour.WORKS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.SigningKey;
import dev.skerry.cli.EmulatedDevice.Behaviour;
import dev.skerry.cli.EmulatedDevice.Start;
import dev.skerry.firmware.Slot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bootloader on an emulated Cortex-M4: what it starts, what it refuses, and what is left when the power goes. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class BootloaderTest {
    /** Of a note: a page is erased, then twenty words are written. */
    private static final int WRITES_OF_A_RECORD = 21;

    @TempDir
    static Path folder;

    private static EmulatedDevice device;

    @BeforeAll
    static void build() throws Exception {
        device = EmulatedDevice.build(folder);
    }

    @BeforeEach
    void fromTheFactory() throws Exception {
        device.erase();
    }

    private static void assertRuns(Start start, Slot slot, String version) {
        assertThat(start.text())
                .endsWith("application in slot " + slot + ": " + version + ", self-test passed\n"
                        + (start.text().contains("confirmed") ? "confirmed\n" : ""));
        assertThat(start.code()).isZero();
    }

    /** A device that runs version 1 from slot A, confirmed. */
    private static void runsOne(long counter) throws Exception {
        device.install(Slot.A, device.packed(WORKS, Slot.A, "1", counter));
        assertThat(device.start().text()).contains("starting slot A on trial", "confirmed");
    }

    @Test
    void aModelTestsItselfConfirmsItselfAndRuns() throws Exception {
        device.install(Slot.A, device.packed("model", Slot.A, "1.2.3+4", 0));
        Start first = device.start();
        assertThat(first.text()).isEqualTo("""
                slot A: 1.2.3+4, counter 0, valid
                slot B: refused, empty
                starting slot A on trial
                application in slot A: 1.2.3+4, counter 0, self-test passed
                confirmed
                """);
        assertThat(first.code()).isZero();
        byte[] state = device.state();
        assertThat(device.start().text()).contains("starting slot A\n").doesNotContain("confirmed");
        assertThat(device.state()).as("a start without news writes nothing").isEqualTo(state);
    }

    @Test
    void theNewerOneIsStarted() throws Exception {
        runsOne(0);
        device.install(Slot.B, device.packed(WORKS, Slot.B, "1.0.1", 0));
        assertThat(device.start().text()).contains("starting slot B on trial", "confirmed");
        assertRuns(device.start(), Slot.B, "1.0.1+0, counter 0");
        device.install(Slot.A, device.packed(WORKS, Slot.A, "1.0.1+1", 0));
        assertThat(device.start().text()).contains("starting slot A on trial");
        assertRuns(device.start(), Slot.A, "1.0.1+1, counter 0");
    }

    /** In the header, in zeros behind it, in code, in each part of the trailer. */
    @ParameterizedTest
    @ValueSource(ints = {0, 13, 20, 300, 700, -206, -200, -170, -130, -100, -1})
    void oneFlippedBit(int at) throws Exception {
        runsOne(0);
        byte[] bad = device.packed(WORKS, Slot.B, "2", 0);
        bad[at < 0 ? bad.length + at : at] ^= 4;
        device.install(Slot.B, bad);
        Start start = device.start();
        assertThat(start.text()).contains("slot B: refused, ");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
    }

    @Test
    void signedByAnotherKey() throws Exception {
        runsOne(0);
        byte[] foreign = device.packed(WORKS.name(), Slot.B, "2", 0, SigningKey.generate());
        device.install(Slot.B, foreign);
        Start start = device.start();
        assertThat(start.text()).contains("slot B: refused, signed by nobody trusted");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
        // under the name of the trusted key
        byte[] good = device.packed(WORKS, Slot.B, "2", 0);
        System.arraycopy(good, good.length - 100, foreign, foreign.length - 100, 32);
        device.install(Slot.B, foreign);
        start = device.start();
        assertThat(start.text()).contains("slot B: refused, the signature is not by the key that it names");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
    }

    @Test
    void forAnotherSlot() throws Exception {
        runsOne(0);
        device.install(Slot.B, device.packed(WORKS, Slot.A, "2", 0));
        Start start = device.start();
        assertThat(start.text()).contains("slot B: refused, linked for another slot");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ffffffff", "fffffd28", "80000000", "0007fd2c", "00000000", "00000006"})
    void sizesThatCannotBe(String size) throws Exception {
        runsOne(0);
        byte[] bad = device.packed(WORKS, Slot.B, "2", 0);
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(12, Integer.parseUnsignedInt(size, 16));
        device.install(Slot.B, bad);
        Start start = device.start();
        assertThat(start.text()).contains("slot B: refused, its size is impossible");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
    }

    @Test
    void olderCounter() throws Exception {
        runsOne(5);
        device.install(Slot.B, device.packed(WORKS, Slot.B, "9", 4));
        Start start = device.start();
        assertThat(start.text()).contains("slot B: 9.0.0+0, counter 4, too old: the device is at counter 5");
        assertRuns(start, Slot.A, "1.0.0+0, counter 5");
    }

    @Test
    void theCounterRisesOnceTheImageIsConfirmedAndNotBefore() throws Exception {
        runsOne(5);
        device.install(Slot.B, device.packed(FAILS, Slot.B, "2", 7));
        assertRuns(device.start(), Slot.A, "1.0.0+0, counter 5");
        device.install(Slot.B, device.packed(WORKS, Slot.B, "3", 7));
        assertThat(device.start().text()).contains("starting slot B on trial", "confirmed");
        assertThat(device.start().text())
                .contains("slot A: 1.0.0+0, counter 5, too old: the device is at counter 7", "starting slot B\n");
    }

    /** Of its own accord, by the watchdog, and by a fault: each resets the device, and the next start takes the other image. */
    @ParameterizedTest
    @EnumSource(
            value = Behaviour.class,
            names = {"FAILS", "HANGS", "CRASHES"})
    void notConfirmedIsRolledBack(Behaviour behaviour) throws Exception {
        runsOne(0);
        device.install(Slot.B, device.packed(behaviour, Slot.B, "2", 0));
        Start start = device.start();
        assertThat(start.text()).containsSubsequence("starting slot B on trial", "starting slot A\n");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
        assertThat(device.start().text()).as("it isn't tried twice").doesNotContain("starting slot B");
        device.install(Slot.B, device.packed(WORKS, Slot.B, "2.0.1", 0));
        assertThat(device.start().text()).contains("starting slot B on trial", "confirmed");
    }

    @Test
    void bothBad() throws Exception {
        byte[] bad = device.packed(WORKS, Slot.A, "1", 0);
        bad[600] ^= 1;
        device.install(Slot.A, bad);
        device.install(Slot.B, Arrays.copyOf(device.packed(WORKS, Slot.B, "2", 0), 400));
        Start start = device.start();
        assertThat(start.text()).isEqualTo("""
                slot A: refused, damaged: its digest differs
                slot B: refused, not a package in its one form
                no image may be started
                """);
        assertThat(start.code()).isEqualTo(1);
        device.install(Slot.B, device.packed(WORKS, Slot.B, "2", 0));
        assertThat(device.start().text()).contains("starting slot B on trial", "confirmed");
    }

    @Test
    void theOnlyImageIsStartedAgainWhereItsTrialWasCutOff() throws Exception {
        device.install(Slot.A, device.packed("cutting", Slot.A, "1", 0));
        device.cutAfter(WRITES_OF_A_RECORD + 5, false);
        Start start = device.startCutting();
        assertThat(start.text())
                .containsSubsequence(
                        "starting slot A on trial", "starting slot A again, there is no other", "confirmed");
        assertRuns(start, Slot.A, "1.0.0+0, counter 0");
    }

    /** From the note of the trial to that of the confirmation: a cut at, or in the midst of, each erasing and each word. */
    @ParameterizedTest
    @CsvSource({"false", "true"})
    void cutAtEachWriteOfTheState(boolean torn) throws Exception {
        device.install(Slot.A, device.packed("cutting", Slot.A, "1", 3));
        assertThat(device.startCutting().text()).contains("confirmed");
        device.install(Slot.B, device.packed("cutting", Slot.B, "2", 4));
        byte[] state = device.state();
        for (int writes = 0; writes <= 2 * WRITES_OF_A_RECORD; writes++) {
            device.putState(state);
            device.cutAfter(writes, torn);
            Start start = device.startCutting();
            String text = start.text();
            assertThat(text.lines().filter(line -> line.startsWith("slot A: ")))
                    .as("starts where write %d is cut: %s", writes, text)
                    .hasSize(writes < 2 * WRITES_OF_A_RECORD ? 2 : 1);
            if (writes < WRITES_OF_A_RECORD) {
                // the trial wasn't noted, so it is the first once more
                assertThat(text).as("write %d", writes).containsOnlyOnce("starting slot B on trial");
                assertRuns(start, Slot.B, "2.0.0+0, counter 4");
            } else if (writes < 2 * WRITES_OF_A_RECORD) {
                assertThat(text)
                        .as("write %d", writes)
                        .containsSubsequence("starting slot B on trial", "starting slot A\n");
                assertRuns(start, Slot.A, "1.0.0+0, counter 3");
            } else {
                assertRuns(start, Slot.B, "2.0.0+0, counter 4");
            }
        }
    }

    /** What docs/firmware-package.md says of it: bytes of flash, and for one signature instructions and stack. */
    @Test
    void itIsSmall() throws Exception {
        assertThat(device.bootloaderBytes()).isLessThan(8 << 10);
        Map<String, Long> taken = device.measure();
        assertThat(taken.get("signature")).as("instructions").isBetween(1_000_000L, 4_000_000L);
        assertThat(taken.get("digest")).as("instructions for 64 KB").isBetween(1_000_000L, 5_000_000L);
        assertThat(taken.get("stack")).as("bytes").isBetween(800L, 2048L);
    }
}
