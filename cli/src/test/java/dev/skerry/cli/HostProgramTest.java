package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HostProgramTest {
    private static final String PICTURES = "dev.skerry.pipeline.ImageSource";
    private static final String TEXT = "dev.skerry.pipeline.Tokenizer";

    @Test
    void leavesOutWhatTheSourceNeverComesTo() {
        assertThat(without("{\"source\": {\"images\": \"parts\"}}"))
                .contains(TEXT)
                .doesNotContain(PICTURES);
        assertThat(without("{\"source\": {\"text\": \"lines.csv\"}}"))
                .contains(PICTURES)
                .doesNotContain(TEXT);
        assertThat(without("{\"source\": {\"csv\": \"x.csv\"}}")).contains(PICTURES, TEXT);
        assertThat(without("{}")).contains(PICTURES, TEXT);
    }

    @Test
    void namesClassesThatThereAre() {
        var names = new HashSet<>(without("{}"));
        names.add(HostProgram.MAIN);
        for (String name : names) {
            assertThatCode(() -> Class.forName(name, false, getClass().getClassLoader()))
                    .as(name)
                    .doesNotThrowAnyException();
        }
    }

    private static Set<String> without(String pipeline) {
        return HostProgram.without(Context.JSON.readTree(pipeline));
    }
}
