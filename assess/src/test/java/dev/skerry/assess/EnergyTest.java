package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On trees such as Linux has under {@code /sys}. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class EnergyTest {
    @TempDir
    Path sys;

    private final AtomicLong clock = new AtomicLong();

    private void put(String file, Object content) throws IOException {
        Path path = sys.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, content + "\n");
    }

    private EnergySensor found() {
        return switch (EnergySensor.find(sys)) {
            case EnergySensor.Finding.Found(EnergySensor sensor) -> sensor;
            case EnergySensor.Finding.Missing(String why) -> throw new AssertionError(why);
        };
    }

    private void rapl(String zone, String name, long microjoules) throws IOException {
        put("class/powercap/" + zone + "/name", name);
        put("class/powercap/" + zone + "/energy_uj", microjoules);
        put("class/powercap/" + zone + "/max_energy_range_uj", 262_143_328_850L);
    }

    @Test
    void addsPackagesAndMemoryAndNotWhatIsInAPackage() throws IOException {
        rapl("intel-rapl:0", "package-0", 1_000_000);
        rapl("intel-rapl:0:0", "core", 500_000);
        rapl("intel-rapl:0:1", "dram", 200_000);
        rapl("intel-rapl:1", "psys", 9_000_000);
        EnergySensor sensor = found();
        assertThat(sensor.what()).isEqualTo("RAPL: package-0, dram");
        try (EnergyMeter meter = EnergyMeter.still(sensor, clock::get)) {
            rapl("intel-rapl:0", "package-0", 4_000_000);
            rapl("intel-rapl:0:0", "core", 3_000_000);
            rapl("intel-rapl:0:1", "dram", 700_000);
            rapl("intel-rapl:1", "psys", 99_000_000);
            assertThat(meter.joules()).isCloseTo(3.5, within(1e-9));
            rapl("intel-rapl:0", "package-0", 5_000_000);
            assertThat(meter.joules()).isCloseTo(4.5, within(1e-9));
        }
    }

    @Test
    void aCounterThatComesRoundGoesOn() throws IOException {
        rapl("intel-rapl:0", "package-0", 262_143_000_000L);
        try (EnergyMeter meter = EnergyMeter.still(found(), clock::get)) {
            rapl("intel-rapl:0", "package-0", 671_150);
            assertThat(meter.joules()).isCloseTo(1.0, within(1e-9));
            rapl("intel-rapl:0", "package-0", 1_671_150);
            assertThat(meter.joules()).isCloseTo(2.0, within(1e-9));
        }
    }

    @Test
    void aSensorThatGoesAwayIsNotMeasured() throws IOException {
        rapl("intel-rapl:0", "package-0", 5);
        try (EnergyMeter meter = EnergyMeter.still(found(), clock::get)) {
            Files.delete(sys.resolve("class/powercap/intel-rapl:0/energy_uj"));
            assertThat(meter.joules()).isNaN();
        }
        put("class/powercap/intel-rapl:0/energy_uj", "n/a");
        assertThat(EnergySensor.find(sys)).isInstanceOf(EnergySensor.Finding.Missing.class);
    }

    @Test
    void takesTheSocketsOfAmdsDriver() throws IOException {
        put("class/hwmon/hwmon0/name", "amd_energy");
        put("class/hwmon/hwmon0/energy1_label", "Ecore000");
        put("class/hwmon/hwmon0/energy1_input", 10);
        put("class/hwmon/hwmon0/energy17_label", "Esocket0");
        put("class/hwmon/hwmon0/energy17_input", 2_000_000);
        try (EnergyMeter meter = EnergyMeter.still(found(), clock::get)) {
            put("class/hwmon/hwmon0/energy17_input", 5_000_000);
            put("class/hwmon/hwmon0/energy1_input", 900_000_000);
            assertThat(meter.joules()).isCloseTo(3, within(1e-9));
        }
    }

    @Test
    void integratesThePowerOfABoard() throws IOException {
        put("class/hwmon/hwmon2/name", "ina238");
        put("class/hwmon/hwmon2/power1_input", 4_000_000);
        try (EnergyMeter meter = EnergyMeter.still(found(), clock::get)) {
            clock.set(1_000_000_000L);
            put("class/hwmon/hwmon2/power1_input", 6_000_000);
            meter.sample();
            clock.set(3_000_000_000L);
            // 5 W for a second on the way, 6 W for two
            assertThat(meter.joules()).isCloseTo(17, within(1e-9));
        }
    }

    /** The whole board's channel, as Jetsons have one, in millivolts and milliamperes. */
    @Test
    void takesTheChannelOfTheWholeBoard() throws IOException {
        put("class/hwmon/hwmon1/name", "ina3221");
        for (int channel = 1; channel <= 3; channel++) {
            put("class/hwmon/hwmon1/in" + channel + "_input", 5000);
            put("class/hwmon/hwmon1/curr" + channel + "_input", 1000 * channel);
        }
        put("class/hwmon/hwmon1/in1_label", "VDD_IN");
        put("class/hwmon/hwmon1/in2_label", "VDD_CPU_GPU_CV");
        put("class/hwmon/hwmon1/in3_label", "VDD_SOC");
        EnergySensor sensor = found();
        assertThat(sensor.what()).isEqualTo("power sensor: VDD_IN");
        try (EnergyMeter meter = EnergyMeter.still(sensor, clock::get)) {
            clock.set(2_000_000_000L);
            assertThat(meter.joules()).isCloseTo(10, within(1e-9));
        }
        put("class/hwmon/hwmon1/in1_label", "VDD_A");
        assertThat(found().what()).isEqualTo("power sensors: VDD_A + VDD_CPU_GPU_CV + VDD_SOC");
    }

    @Test
    void saysWhyNothingIsMeasured() throws IOException {
        put("class/hwmon/hwmon0/name", "coretemp");
        put("class/hwmon/hwmon0/temp1_input", 40_000);
        assertThat(EnergySensor.find(sys))
                .isEqualTo(
                        new EnergySensor.Finding.Missing(
                                "there is no RAPL under /sys/class/powercap, and no energy or power sensor under /sys/class/hwmon"));
        assertThat(EnergySensor.find(sys.resolve("nowhere"))).isInstanceOf(EnergySensor.Finding.Missing.class);
    }

    @Test
    void idleIsTakenOff() {
        var use = new EnergyUse.Measured("RAPL: package-0", 50, 10, 3, 1000);
        assertThat(use.millijoulesPerSample()).isCloseTo(20, within(1e-9));
        assertThat(use.grossMillijoulesPerSample()).isCloseTo(50, within(1e-9));
        assertThat(use.describe())
                .isEqualTo("20.00 mJ a sample beyond idle, 50.00 mJ with it (RAPL: package-0; 5.00 W, idle 3.00 W)");
    }

    @Test
    void theSamplerReadsByItself() throws Exception {
        rapl("intel-rapl:0", "package-0", 262_143_000_000L);
        try (EnergyMeter meter = EnergyMeter.start(found(), System::nanoTime)) {
            rapl("intel-rapl:0", "package-0", 262_143_100_000L);
            Thread.sleep(200);
            // after coming round it is above where it was: only who read in between knows
            rapl("intel-rapl:0", "package-0", 100);
            Thread.sleep(200);
            rapl("intel-rapl:0", "package-0", 262_143_200_000L);
            assertThat(meter.joules()).isGreaterThan(262_143);
        }
    }
}
