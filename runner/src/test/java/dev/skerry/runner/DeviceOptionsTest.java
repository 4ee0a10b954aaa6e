package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device is told. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class DeviceOptionsTest {
    private static final List<String> PLACES = List.of("--bundle", "b", "--model", "m", "--trusted", "k");

    @Test
    void takesTheBundlesWordForWhatIsNotGiven() {
        DeviceOptions options = DeviceOptions.read(PLACES);
        assertThat(options.cycles()).isNull();
        assertThat(options.rateHz()).isNull();
        assertThat(options.deadlineMillis()).isNull();
        assertThat(options.warmUpSeconds()).isEqualTo(1.5);
        assertThat(options.report()).isNull();
        assertThat(options.train()).isNull();
        assertThat(options.ordinary()).isFalse();
    }

    @Test
    void theLastOfTwoCounts() {
        DeviceOptions options = read("--cycles=0", "--cycles", "7", "--rate", "62.5", "--report=r.json", "--json");
        assertThat(options.cycles()).isEqualTo(7);
        assertThat(options.rateHz()).isEqualTo(62.5);
        assertThat(options.report()).isEqualTo(Path.of("r.json"));
        assertThat(options.json()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--cycels 7",
                "--cycles",
                "--cycles -1",
                "--cycles x",
                "--rate 0",
                "--rate NaN",
                "--warm-up 61",
                "loose"
            })
    void namesWhatItCannotTake(String words) {
        String option = words.split(" ", -1)[0];
        assertThatThrownBy(() -> read(words.split(" ", -1)))
                .isInstanceOf(dev.skerry.problem.ProblemException.class)
                .hasMessageContaining(option);
    }

    @Test
    void takesABundleAsAFolderOnly(@TempDir Path folder) throws IOException {
        Path tar = Files.writeString(folder.resolve("bundle.tar"), "");
        assertThatThrownBy(() -> read("--bundle", tar.toString()))
                .isInstanceOf(dev.skerry.problem.ProblemException.class)
                .hasMessageContaining("found the file '" + tar + "' for --bundle, expected the bundle's folder");
        assertThat(read("--bundle", folder.toString()).bundle()).isEqualTo(folder);
    }

    @Test
    void guessesWhatWasMeant() {
        assertThatThrownBy(() -> read("--cycels", "7")).hasMessageContaining("try --cycles");
        assertThatThrownBy(() -> DeviceOptions.read(List.of("--cycles", "7"))).hasMessageContaining("--bundle");
    }

    private static DeviceOptions read(String... words) {
        var all = new ArrayList<>(PLACES);
        all.addAll(List.of(words));
        return DeviceOptions.read(all);
    }
}
