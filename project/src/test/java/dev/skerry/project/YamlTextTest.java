package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class YamlTextTest {
    @Test
    void keepsTypesAndLines() {
        YamlText yaml = YamlText.parse("skerry.yaml", """
                name: conveyor
                budget:
                  max-drop: 0.5
                pipeline:
                  pre:
                    - layout: nchw
                    - scale: {by: 2}
                """);
        assertThat(yaml.tree().path("budget").path("max-drop").doubleValue()).isEqualTo(0.5);
        assertThat(yaml.tree().at("/pipeline/pre/1/scale/by").intValue()).isEqualTo(2);
        assertThat(yaml.at("/budget/max-drop")).isEqualTo("skerry.yaml:3");
        assertThat(yaml.at("/pipeline/pre/1/scale")).isEqualTo("skerry.yaml:7");
        assertThat(yaml.at("/pipeline/post")).isEqualTo("skerry.yaml:4");
    }

    @Test
    void aKeyTwiceIsShownWithItsLine() {
        assertThatThrownBy(() -> YamlText.parse("skerry.yaml", "a: 1\nb: 2\na: 3\n"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("skerry.yaml:3");
    }

    @Test
    void aDashWithoutQuotesComesWithThem() {
        assertThatThrownBy(() -> YamlText.parse("skerry.yaml", "source: {lines: -, columns: [x]}\n"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("skerry.yaml:1")
                .hasMessageContaining("quotes around the value");
    }

    @Test
    void anAnchorThatHoldsItselfEnds() {
        assertThatThrownBy(() -> YamlText.parse("skerry.yaml", "a: &a [*a, *a]\n"))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void billionLaughsEnd() {
        var laughs = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 12; i++) {
            String previous = "*a" + (i - 1);
            laughs.append("a" + i + ": &a" + i + " [" + (previous + ",").repeat(6) + previous + "]\n");
        }
        assertThatThrownBy(() -> YamlText.parse("skerry.yaml", laughs.toString()))
                .isInstanceOf(ProblemException.class);
    }

    @Test
    void deepNestingIsRefusedBeforeTheStackEnds() {
        var indented = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            indented.append(" ".repeat(i)).append("a:\n");
        }
        for (String text : List.of("[".repeat(20_000), "- ".repeat(20_000), indented.toString())) {
            assertThatThrownBy(() -> YamlText.parse("skerry.yaml", text))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("levels");
        }
    }

    @Test
    void anyBytesEndInAProblemOrATree() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        String seed = "name: x\nmodel: m.onnx\npipeline: {pre: [{resize: {width: 64}}]}\n# c\n";
        int refused = 0;
        for (int round = 0; round < 3000; round++) {
            char[] text = seed.toCharArray();
            for (int hit = 0; hit <= random.nextInt(4); hit++) {
                text[random.nextInt(text.length)] = "{}[]:,-&*!|>'\"%@`#\n\t\0 ax1".charAt(random.nextInt(25));
            }
            try {
                assertThat(YamlText.parse("skerry.yaml", new String(text)).tree())
                        .isNotNull();
            } catch (ProblemException e) {
                refused++;
                assertThat(e.problem().where()).startsWith("skerry.yaml");
            }
        }
        assertThat(refused).isBetween(100, 2990);
    }
}
