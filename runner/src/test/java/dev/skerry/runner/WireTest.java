package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class WireTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Wire wire = new Wire(out);

    private Wire.Message sent() {
        String line = out.toString(StandardCharsets.UTF_8);
        assertThat(line).endsWith("\n").containsOnlyOnce("\n");
        return Wire.read(line.strip());
    }

    @Test
    void aProblemArrivesWhole() {
        Problem problem = Problem.gate("run.golden", "it differs")
                .at("golden vector 1\nline")
                .because("\"0.5\"")
                .attempt("this")
                .attempt("that");

        wire.refusal(problem);

        assertThat(sent()).isEqualTo(new Wire.Message.Refusal(problem));
    }

    @Test
    void aProblemWithoutPlaceAndCauseArrivesToo() {
        wire.refusal(Problem.environment("run.x", "what"));

        assertThat(sent()).isEqualTo(new Wire.Message.Refusal(Problem.environment("run.x", "what")));
    }

    @Test
    void progressArrives() {
        wire.progress(5, 10, 1, 1234.5);

        assertThat(sent()).isEqualTo(new Wire.Message.Progress(5, 10, 1, 1234.5));
    }

    @Test
    void otherLinesAreKeptAsTheyAre() {
        assertThat(Wire.read("# A fatal error")).isEqualTo(new Wire.Message.Other("# A fatal error"));
        assertThat(Wire.read("{\"skerry\": broken")).isEqualTo(new Wire.Message.Other("{\"skerry\": broken"));
    }

    @Test
    void whatHappensToModelsArrives() {
        wire.transition(JsonMapper.shared()
                .createObjectNode()
                .put("model", "conveyor")
                .put("cycle", 7)
                .put("atMillis", 1.5)
                .put("from", "nominal")
                .put("to", "safe")
                .put("reason", "late")
                .putNull("cause"));
        assertThat(sent()).isEqualTo(new Wire.Message.Transition("conveyor", 7, 1.5, "nominal", "safe", "late", null));
    }

    @Test
    void whatBecameOfACommandArrives() {
        wire.swapped("conveyor", "2", 9);
        assertThat(sent()).isEqualTo(new Wire.Message.Swapped("conveyor", "2", 9));
    }

    @Test
    void aCommandThatIsDeclinedEndsNothing() {
        Problem problem = Problem.usage("run.swap", "no").attempt("yes");
        wire.declined(problem);
        assertThat(sent()).isEqualTo(new Wire.Message.Declined(problem));
    }
}
