package dev.skerry.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** On texts of {@code /proc/cpuinfo}: the Xeon's is recorded, those of Arm boards are written after what such boards print. */
class DeviceProbeTest {
    private static final String MEMINFO = "MemTotal:        8245428 kB\nMemFree:         6021012 kB\n";

    @Test
    void raspberryPi4HasNoDotProduct() {
        Device device = device("aarch64", "raspberry-pi-4", 4);
        assertThat(device.cpu()).isEqualTo("Raspberry Pi 4 Model B Rev 1.4, Cortex-A72");
        assertThat(device.features()).containsExactly("asimd", "cpuid", "crc32", "evtstrm", "fp");
        assertThat(device.hasDotProduct()).isFalse();
        assertThat(device.saturatesInt8()).isFalse();
        assertThat(device.memoryBytes()).isEqualTo(8_245_428L * 1024);
    }

    @Test
    void raspberryPi5HasDotProduct() {
        Device device = device("aarch64", "raspberry-pi-5", 4);
        assertThat(device.cpu()).isEqualTo("Raspberry Pi 5 Model B Rev 1.0, Cortex-A76");
        assertThat(device.hasDotProduct()).isTrue();
        assertThat(device.hasInt8MatrixMultiply()).isFalse();
        assertThat(device.hasVnni()).isFalse();
        assertThat(device.isArm()).isTrue();
    }

    @Test
    void clustersOfDifferentCoresAreNamedBoth() {
        assertThat(device("aarch64", "rk3588", 8).cpu()).isEqualTo("4 × Cortex-A55 + 4 × Cortex-A76");
    }

    @Test
    void arm32IsTakenForWhatItIs() {
        Device device = device("arm", "raspberry-pi-3-32bit", 4);
        assertThat(device.arch()).isEqualTo("arm");
        assertThat(device.cpu()).isEqualTo("Raspberry Pi 3 Model B Rev 1.2, Cortex-A53");
        assertThat(device.has("neon")).isTrue();
        assertThat(device.hasDotProduct()).isFalse();
    }

    @Test
    void xeonWithAmxHasAllByteInstructions() {
        Device device = device("amd64", "xeon-amx", 2);
        assertThat(device.arch()).isEqualTo("x86_64");
        assertThat(device.cpu()).isEqualTo("Intel(R) Xeon(R) Processor");
        assertThat(device.features()).contains("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8");
        assertThat(device.hasVnni()).isTrue();
        assertThat(device.hasInt8MatrixMultiply()).isTrue();
        assertThat(device.saturatesInt8()).isFalse();
    }

    @Test
    void x86WithoutVnniSaturates() {
        Device device = DeviceProbe.device(
                "amd64", "processor\t: 0\nmodel name\t: Intel(R) Core(TM) i5\nflags\t\t: sse2 avx avx2\n", "", 1);
        assertThat(device.saturatesInt8()).isTrue();
    }

    @Test
    void onlyWhatAllCoresHaveCounts() {
        Device device = DeviceProbe.device("aarch64", """
                processor : 0
                Features : fp asimd asimddp
                CPU part : 0xd99
                CPU implementer : 0x41

                processor : 1
                Features : fp asimd
                CPU part : 0x001
                CPU implementer : 0x99
                """, "", 2);
        assertThat(device.features()).containsExactly("asimd", "fp");
        assertThat(device.cpu()).isEqualTo("1 × Arm core 0xd99 + 1 × core 0x99/0x001");
    }

    @Test
    void nothingKnownIsSaid() {
        assertThat(DeviceProbe.device("riscv64", "", "", 1))
                .isEqualTo(new Device("riscv64", "unknown", 1, 0, new java.util.TreeSet<>()));
    }

    @Test
    void thisMachineHasCoresAndAName() {
        Device here = DeviceProbe.probe();
        assertThat(here.cores()).isPositive();
        assertThat(here.arch()).isNotEmpty();
    }

    private static Device device(String arch, String name, int cores) {
        try (var stream = requireNonNull(DeviceProbeTest.class.getResourceAsStream("cpuinfo-" + name + ".txt"))) {
            return DeviceProbe.device(arch, new String(stream.readAllBytes(), StandardCharsets.UTF_8), MEMINFO, cores);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }
}
