package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that are made at random give the same bytes in Java and in C for each kind of core, with and without their dead channels. */
final class RandomProgramsTest {
    /** More of them, and others, are tried with these properties. */
    private static final int PROGRAMS = Integer.getInteger("skerry.random", 40);

    private static final long SEED = Long.getLong("skerry.seed", 1);

    @TempDir
    Path folder;

    private static LongStream seeds(int count) {
        return LongStream.range(SEED, SEED + count);
    }

    private static Program program(long seed) {
        return RandomPrograms.of("p" + seed, seed);
    }

    @Test
    void deadChannelsMakeNoDifference() {
        seeds(25 * PROGRAMS).forEach(seed -> {
            Program whole = program(seed);
            Program less = DeadChannels.without(whole);
            for (int i = 0; i < ProgramBatch.INPUTS; i++) {
                byte[] input = ProgramBatch.input(whole, i);
                assertThat(ProgramBatch.expected(less, input))
                        .as(ProgramBatch.told(whole))
                        .containsExactly(ProgramBatch.expected(whole, input));
            }
        });
    }

    @Test
    void kernelsGiveTheBytesOfTheInterpreter() throws Exception {
        var batch = new ProgramBatch(folder);
        seeds(PROGRAMS).forEach(seed -> {
            for (Target target : List.of(Target.C99, Target.CORTEX_M4, Target.CORTEX_M55)) {
                Program whole = RandomPrograms.of("p" + seed + target.isa(), seed);
                batch.add(whole, seed % 2 == 0 ? whole : DeadChannels.without(whole), target);
            }
        });
        assertThat(batch.wrong()).isEmpty();
    }

    /** With the instructions of the core: some as one program, whose memory is planned as a whole. */
    @ParameterizedTest
    @EnumSource(names = {"CORTEX_M4", "CORTEX_M55"})
    void devicesGiveTheBytesOfTheInterpreter(Target target) throws InterruptedException {
        for (String tool : List.of("make", "cc", "arm-none-eabi-gcc", "qemu-system-arm")) {
            SharedData.require(GeneratedC.has(tool), tool + " isn't installed");
        }
        var ports = new ArrayList<Port>();
        var outputs = new ArrayList<Port>();
        var layers = new ArrayList<Layer>();
        List<Program> programs =
                seeds(PROGRAMS / 4).mapToObj(RandomProgramsTest::program).toList();
        for (Program program : programs) {
            ports.addAll(program.inputs());
            outputs.addAll(program.outputs());
            layers.addAll(program.layers());
        }
        var given = new ByteArrayOutputStream();
        var expected = new ByteArrayOutputStream();
        for (int i = 0; i < ProgramBatch.INPUTS; i++) {
            for (Program program : programs) {
                given.writeBytes(ProgramBatch.input(program, i));
                expected.writeBytes(ProgramBatch.expected(program, ProgramBatch.input(program, i)));
            }
        }
        Program all = DeadChannels.without(new Program("many", ports, outputs, layers));
        try (DeviceBuild build = DeviceBuild.of(new Firmware(all, target))) {
            assertThat(build.outputs(given.toByteArray())).containsExactly(expected.toByteArray());
        }
    }
}
