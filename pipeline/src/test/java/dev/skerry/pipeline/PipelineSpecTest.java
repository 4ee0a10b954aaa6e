package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.json;
import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.problem.ProblemException;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class PipelineSpecTest {
    private static final String ALL = """
            {'source': {'images': 'imgs', 'labels': 'l.csv', 'names': 'n.txt', 'width': 64, 'height': 48},
             'input': 'x', 'constants': {'sr': 8000, 'm': [1, 2.5]},
             'pre': [{'resize': {'width': 64, 'height': 64, 'interpolation': 'cubic', 'coordinates': 'align-corners',
                      'fit': 'letterbox', 'pad': 114}}, {'resize': {'scale': 0.5}}, {'crop': {'width': 3, 'height': 2}},
                     {'crop': {'x': 1, 'y': 0, 'width': 3, 'height': 2}}, {'color': 'bgr'}, {'layout': 'nchw'},
                     {'cast': 'float16'}, {'scale': 0.5}, {'scale': {'by': 2, 'offset': 1}},
                     {'normalize': {'mean': 1, 'std': [1, 2, 3]}}, {'reshape': [1, -1]}, {'transpose': [1, 0]}],
             'output': 'y',
             'post': ['softmax', {'top-k': {'k': 3, 'labels': 'labels.txt'}}, {'threshold': {'at': 0.25, 'otherwise': 'none of them'}}],
             'actions': ['stdout', {'json-lines': 'd.jsonl'}, {'csv': {'path': 'd.csv'}}, {'command': ['cat', '-u']}],
             'fallback': {'label': 'reject'}}
            """;

    @Test
    void theCanonicalFormReadsAsTheSame() {
        PipelineSpec spec = spec(ALL);
        assertThat(PipelineSpec.parse(spec.toJson())).isEqualTo(spec);
        assertThat(PipelineSpec.parse(spec.toJson()).toJson())
                .hasToString(spec.toJson().toString());
        assertThat(spec.pre()).hasSize(12);
        assertThat(spec.files()).containsExactly("labels.txt");
        for (String source : List.of(
                "{'raw': 'f', 'width': 2, 'height': 3}",
                "{'tensors': 't.npz', 'sequence': 's'}",
                "{'wav': 'a.wav', 'rate': 8000, 'frame': 256, 'context': 32, 'channels': 'left'}",
                "{'csv': 'a.csv', 'columns': ['a', 'b'], 'window': 10, 'hop': 5, 'label': 'l', 'group': 'g'}")) {
            PipelineSpec one = spec("{'source': " + source + ", 'post': [{'nms': {'format': 'corners-yx'}}]}");
            assertThat(PipelineSpec.parse(one.toJson())).isEqualTo(one);
        }
    }

    @Test
    void everyFormOfAFallbackReadsAsTheSame() {
        for (String fallback : List.of(
                "'reject'",
                "{'label': 'reject', 'last-good': '200 ms'}",
                "{'safe': 'stop', 'last-good': {'max-age': '0.2s'}, 'restart': 'never'}",
                "{'label': 'reject', 'model': 'tiny.onnx', 'safe': {'label': 'stop', 'latch': false},"
                        + " 'weakly-hard': {'misses': 2, 'of': 20}, 'recover': 3, 'restart': '2s'}")) {
            PipelineSpec one = spec("{'fallback': " + fallback + "}");
            assertThat(PipelineSpec.parse(one.toJson())).isEqualTo(one);
        }
        assertThat(spec("{'fallback': {'safe': 'stop', 'model': 'm.onnx', 'last-good': '1ms'}}")
                        .fallback())
                .isEqualTo(new Fallback(
                        null, "m.onnx", 1_000_000, new Fallback.Safe("stop", true), null, 10, 5_000_000_000L));
    }

    @Test
    void aFallbackThatCannotWorkIsToldSo() {
        assertThatThrownBy(() -> spec("{'fallback': {'last-good': '1s'}}"))
                .hasMessageContaining("nothing is declared for when all else fails");
        assertThatThrownBy(() -> spec("{'fallback': {'label': 'a', 'safe': 'b'}}"))
                .hasMessageContaining("the safe state is never reached");
        assertThatThrownBy(() -> spec("{'fallback': {'label': 'a', 'weakly-hard': {'misses': 2, 'of': 2}}}"))
                .hasMessageContaining("2 misses of 2");
        assertThatThrownBy(() ->
                        spec("{'fallback': {'label': 'a', 'weakly-hard': {'misses': 2, 'of': 20, 'then': 'safe'}}}"))
                .hasMessageContaining("there is no safe state");
        assertThatThrownBy(() -> spec("{'fallback': {'label': 'a', 'last-good': '200'}}"))
                .hasMessageContaining("expected a duration such as 200ms, found '200'");
        assertThatThrownBy(() -> spec("{'fallback': {'lable': 'a'}}")).hasMessageContaining("'label'");
    }

    @Test
    void aDecisionIsCopiedWhole() {
        var from = new Decision(Decision.Kind.DETECTIONS, 2);
        from.add(1, "car", 0.5f);
        from.boxSide(0, 2, 0.25f);
        var to = new Decision(Decision.Kind.VALUES, 0);

        to.copy(from);

        assertThat(to).hasToString(from.toString());
    }

    @Test
    void framesAreWrittenAndRead() {
        for (FrameFormat frame : List.of(
                new FrameFormat.Image(4, 0, 3),
                new FrameFormat.Signal(DataType.FLOAT, List.of(288L)),
                new FrameFormat.ModelInputs())) {
            assertThat(FrameFormat.parse(frame.toJson())).isEqualTo(frame);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'pre': [{'scale': 1}, {'resice': {}}]} | pipeline.pre[1]: unknown step 'resice' · try 'resize'",
                "{'pre': [{'resize': {'width': 3, 'heigth': 3}}]} | pipeline.pre[0].resize: 'height' is missing · try adding 'height'",
                "{'pre': [{'resize': {'width': 3, 'height': 3, 'antialas': true}}]} | pipeline.pre[0].resize.antialas: unknown field 'antialas' · try 'antialias'",
                "{'pre': [{'resize': {'width': 0, 'height': 3}}]} | pipeline.pre[0].resize.width: expected 1 or more, found 0",
                "{'pre': [{'resize': {'width': 1.5, 'height': 3}}]} | pipeline.pre[0].resize.width: expected a whole number, found 1.5",
                "{'pre': [{'layout': 'nhcw'}]} | pipeline.pre[0].layout.to: unknown layout 'nhcw' · try 'nchw'",
                "{'pre': [{'cast': 'float'}]} | pipeline.pre[0].cast.to: unknown type 'float' · try one of float32, float16",
                "{'pre': [{'normalize': {'mean': [1,2], 'std': [1,2,3]}}]} | pipeline.pre[0].normalize: 2 means and 3 standard deviations",
                "{'pre': [{'normalize': {'mean': 0, 'std': 0}}]} | pipeline.pre[0].normalize.std: a standard deviation of 0 divides by zero",
                "{'post': ['argmax', 'softmax']} | pipeline.post[1]: softmax can't follow argmax",
                "{'post': 'argmax'} | pipeline.post: expected a list, found 'argmax'",
                "{'source': {'image': 'x'}} | pipeline.source.image: unknown field 'image' · try 'images'",
                "{'source': {'images': 'x', 'frame': 3}} | pipeline.source.frame: unknown field 'frame'",
                "{'actions': [{'comand': 'x'}]} | pipeline.actions[0]: unknown action 'comand' · try 'command'",
                "{'preprocess': []} | pipeline.preprocess: unknown field 'preprocess'",
                "[] | pipeline: expected a map of fields, found a list"
            })
    void whatIsWrongIsNamedWithItsPlace(String json, String message) {
        assertThatThrownBy(() -> spec(json))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(message);
    }

    @Test
    void theSchemaNamesEveryStepAndField() {
        JsonNode schema = JsonMapper.shared().readTree(PipelineSpec.schema());
        String text = schema.toString();
        JsonNode canonical = spec(ALL).toJson();
        assertThat(schema.get("properties").propertyNames()).containsAll(canonical.propertyNames());
        for (String list : List.of("pre", "post")) {
            for (JsonNode step : canonical.get(list).values()) {
                String word = step.propertyNames().iterator().next();
                assertThat(schema.at("/$defs").propertyNames()).contains(word);
                step.get(word).propertyNames().forEach(field -> assertThat(text).contains('"' + field + '"'));
            }
        }
    }

    @Test
    void anyDamageGivesAProblemAndNothingElse() {
        var random = new SplittableRandom(42);
        JsonNode whole = json(ALL);
        int refused = 0;
        for (int i = 0; i < 4000; i++) {
            JsonNode damaged = damage(whole, random, random.nextInt(1, 60));
            try {
                PipelineSpec spec = PipelineSpec.parse(damaged);
                assertThat(PipelineSpec.parse(spec.toJson())).isEqualTo(spec);
            } catch (ProblemException e) {
                refused++;
                assertThat(e.problem().where()).startsWith("pipeline");
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }

    /** A copy in which about one node in {@code rarity} is something else. */
    private static JsonNode damage(JsonNode node, SplittableRandom random, int rarity) {
        if (random.nextInt(rarity) == 0) {
            return switch (random.nextInt(8)) {
                case 0 -> JsonNodeFactory.instance.nullNode();
                case 1 -> JsonNodeFactory.instance.numberNode(random.nextInt(-3, 5000));
                case 2 -> JsonNodeFactory.instance.numberNode(1e300 * random.nextDouble());
                case 3 -> JsonNodeFactory.instance.stringNode(random.nextBoolean() ? "" : "résize\u0000");
                case 4 -> JsonNodeFactory.instance.arrayNode();
                case 5 -> JsonNodeFactory.instance.objectNode().put("width", -1);
                case 6 -> JsonNodeFactory.instance.booleanNode(true);
                default -> JsonNodeFactory.instance.numberNode(Long.MIN_VALUE);
            };
        }
        if (node.isArray()) {
            var list = JsonNodeFactory.instance.arrayNode();
            node.values().forEach(item -> list.add(damage(item, random, rarity)));
            return list;
        }
        if (node.isObject()) {
            var map = JsonNodeFactory.instance.objectNode();
            node.forEachEntry((key, value) ->
                    map.set(random.nextInt(rarity * 4) == 0 ? key + "x" : key, damage(value, random, rarity)));
            return map;
        }
        return node;
    }
}
