package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.bundle.BundleManifest.Measured;
import dev.skerry.bundle.BundleManifest.Timing;
import dev.skerry.problem.ProblemException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class MeasuredTest {
    private static final Measured HERE = new Measured(
            "x86_64",
            new TreeSet<>(List.of("avx2", "fma")),
            4,
            List.of(
                    new Timing("tflite", "XNNPACK", 2, 1000, 2000, 300),
                    new Timing("onnxruntime", "cpu", 1, 1500, 2500, 300)));

    @Test
    void whatWasWrittenIsRead() {
        assertThat(Measured.of(HERE.toJson(), "here")).isEqualTo(HERE);
        var choice = new BundleManifest.RuntimeChoice("onnxruntime", "cpu", 1, "int8", List.of(), List.of(HERE));
        BundleManifest manifest = Fixtures.content("1", choice).manifest();
        assertThat(BundleManifest.parse(manifest.bytes(), "manifest")).isEqualTo(manifest);
        assertThat(choice.uses("tflite")).isTrue();
        assertThat(choice.uses("compiled-c")).isFalse();
        assertThat(choice.measured("x86_64", HERE.features())).contains(HERE);
        assertThat(choice.measured("x86_64", new TreeSet<>(List.of("avx2")))).isEmpty();
    }

    @Test
    void aRecordWithoutTimingsOrWithTooManyIsRefused() {
        for (String wrong : List.of(
                "{\"arch\":\"x\",\"cores\":1,\"features\":[],\"timings\":[]}",
                "{\"arch\":\"x\",\"cores\":0,\"features\":[],\"timings\":[]}",
                "{\"arch\":\"x\",\"cores\":1,\"features\":[3],\"timings\":[{}]}",
                "[]",
                "{\"arch\":\"x\",\"cores\":1,\"features\":[],\"timings\":[" + "{},".repeat(80) + "{}]}")) {
            assertThatExceptionOfType(ProblemException.class)
                    .as(wrong)
                    .isThrownBy(() -> Measured.of(JsonMapper.shared().readTree(wrong), "wrong"));
        }
    }

    /** Whatever a device or its owner made of the file: a record, or a problem that names the field. */
    @Test
    void brokenRecordsAreProblemsAndNothingElse() {
        String whole = JsonMapper.shared().writeValueAsString(HERE.toJson());
        var random = new SplittableRandom(9);
        for (int i = 0; i < 2000; i++) {
            var text = new StringBuilder(whole);
            int at = random.nextInt(text.length());
            if (random.nextBoolean()) {
                text.setCharAt(at, (char) random.nextInt(32, 127));
            } else {
                text.deleteCharAt(at);
            }
            try {
                assertThat(Measured.of(JsonMapper.shared().readTree(text.toString()), "broken")
                                .timings())
                        .isNotEmpty();
            } catch (ProblemException | JacksonException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }
}
