package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class ProviderFileTest {
    private static final String WHOLE = """
            qnn:
              library: /opt/qnn/libqnn.so
              options: {htp_performance_mode: burst, vtcm_mb: 8}
            tensorrt: {enabled: false, library: x.so}
            cuda: {}
            """;

    @TempDir
    Path folder;

    @Test
    void whatIsEnabledIsReadWithPathsFromTheFilesFolder() throws IOException {
        List<SessionOptions.Plugin> plugins = read("near: {library: lib/near.so}\n" + WHOLE);
        assertThat(plugins).extracting(SessionOptions.Plugin::provider).containsExactly("near", "qnn", "cuda");
        assertThat(plugins.get(0).library()).isEqualTo(folder.resolve("lib/near.so"));
        assertThat(plugins.get(1).library()).isEqualTo(Path.of("/opt/qnn/libqnn.so"));
        assertThat(plugins.get(1).options()).isEqualTo(Map.of("htp_performance_mode", "burst", "vtcm_mb", "8"));
        assertThat(plugins.get(2).library()).isNull();
        assertThat(ProviderFile.read(folder.resolve("none.yaml"))).isEmpty();
    }

    @Test
    void whatIsTypedGoesBeforeWhatTheFileSays() throws IOException {
        List<SessionOptions.Plugin> known = read(WHOLE);
        SessionOptions.Plugin typed = ProviderFile.parse("qnn,htp_performance_mode=balanced", known);
        assertThat(typed.library()).isEqualTo(Path.of("/opt/qnn/libqnn.so"));
        assertThat(typed.options())
                .containsEntry("htp_performance_mode", "balanced")
                .containsEntry("vtcm_mb", "8");
        assertThat(ProviderFile.parse("qnn=/my/own.so", known).library()).isEqualTo(Path.of("/my/own.so"));
        assertThat(ProviderFile.parse("acme=/a=b.so,k=v=w", known))
                .isEqualTo(new SessionOptions.Plugin("acme", Path.of("/a=b.so"), Map.of("k", "v=w")));
    }

    @Test
    void whatIsMistypedIsNamed() {
        for (String wrong : List.of("", "=x", "qnn=", "qnn,burst", "qnn,=x", ",a=b")) {
            assertThatExceptionOfType(ProblemException.class)
                    .as(wrong)
                    .isThrownBy(() -> ProviderFile.parse(wrong, List.of()))
                    .satisfies(thrown -> assertThat(thrown.problem().code()).isEqualTo("usage"));
        }
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> read("qnn: {libary: x.so}"))
                .satisfies(thrown -> {
                    assertThat(thrown.problem().code()).isEqualTo("providers.file");
                    assertThat(thrown.problem().remedies()).contains("library");
                });
    }

    /** Whatever stands in the file: providers, or a problem that says where. */
    @Test
    void brokenFilesAreProblemsAndNothingElse() throws IOException {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 500; i++) {
            var text = new StringBuilder(WHOLE);
            for (int k = random.nextInt(1, 5); k > 0; k--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.setCharAt(at, (char) random.nextInt(1, 128));
                    case 1 -> text.deleteCharAt(at);
                    default -> text.insert(at, ":{}[]&*,\n ".charAt(random.nextInt(10)));
                }
            }
            try {
                assertThat(read(text.toString())).isNotNull();
            } catch (ProblemException problem) {
                assertThat(problem.problem().what()).isNotBlank();
            }
        }
    }

    private List<SessionOptions.Plugin> read(String text) throws IOException {
        Path file = folder.resolve("providers.yaml");
        Files.writeString(file, text);
        return ProviderFile.read(file);
    }
}
