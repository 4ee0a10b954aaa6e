package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Session;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The notes are made by {@code bench/train/text.py}, with token numbers from an implementation of the rules of its own. */
@NullUnmarked // a missing input fails the test by itself
@SuppressWarnings("NullAway") // a null fails the test, as it should
class TokenizerTest {
    @TempDir
    Path folder;

    private Path notes;

    @BeforeEach
    void find() throws URISyntaxException {
        notes = Path.of(TokenizerTest.class.getResource("notes/model.onnx").toURI())
                .getParent();
    }

    private static Step.Tokenize step(String options) {
        return spec("{'pre': [{'tokenize': {'tokenizer': 'tokenizer.json', " + options + "}}]}")
                .tokenize();
    }

    private Tokenizer of(String json, String options) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        return Tokenizer.open(step(options), folder);
    }

    private String own() throws IOException {
        return Files.readString(notes.resolve("tokenizer.json"));
    }

    @Test
    void numbersAreThoseOfTheRulesByAnotherHand() throws IOException {
        Tokenizer tokenizer = Tokenizer.open(step("'maxLength': 16"), notes);
        JsonNode cases = JsonMapper.shared().readTree(Files.readString(notes.resolve("expected.json")));
        assertThat(cases.size()).isGreaterThan(40);
        for (JsonNode one : cases.values()) {
            String text = one.path("text").asString("");
            Tokenizer.Encoding encoding = tokenizer.encode(text, "here");
            assertThat(encoding.ids()).as(text).containsExactly(longs(one.path("ids")));
            assertThat(encoding.mask()).as(text).containsExactly(longs(one.path("mask")));
            assertThat(encoding.types()).as(text).containsOnly(0);
        }
    }

    private static long[] longs(JsonNode list) {
        return list.values().stream().mapToLong(JsonNode::asLong).toArray();
    }

    /** h u g → hu g → hug by the order of merges: worked out by hand. */
    @Test
    void bytePairsWithTheTokenizersOwnPadding() throws IOException {
        String json = """
                {"version":"1.0","truncation":null,
                 "padding":{"strategy":"BatchLongest","direction":"Right","pad_to_multiple_of":null,"pad_id":7,"pad_type_id":0,"pad_token":"<pad>"},
                 "added_tokens":[{"id":7,"content":"<pad>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
                 "normalizer":null,"pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
                 "model":{"type":"BPE","dropout":null,"unk_token":"u","continuing_subword_prefix":null,"end_of_word_suffix":null,
                 "fuse_unk":false,"byte_fallback":false,"vocab":{"h":0,"u":1,"g":2,"s":3,"hu":4,"hug":5,"gs":6},
                 "merges":["h u","hu g","g s"]}}
                """;
        Tokenizer tokenizer = of(json, "'maxLength': 6");
        // hugs: hu comes first, then hug before gs
        assertThat(tokenizer.encode("hugs ug", "here").ids()).containsExactly(5, 3, 1, 2, 7, 7);
        assertThat(tokenizer.encode("hugs ug", "here").mask()).containsExactly(1, 1, 1, 1, 0, 0);
        assertThat(tokenizer.encode("gs", "here").ids()).containsExactly(6, 7, 7, 7, 7, 7);
    }

    @Test
    void twoTextsHaveTwoTypes() throws IOException {
        Tokenizer tokenizer = Tokenizer.open(step("'maxLength': 8"), notes);
        Tokenizer.Encoding pair = tokenizer.encode("pump", "fan", "here");
        assertThat(pair.types()).containsExactly(0, 0, 0, 1, 1, 0, 0, 0);
        assertThat(pair.mask()).containsExactly(1, 1, 1, 1, 1, 0, 0, 0);
    }

    @Test
    void aLongTextIsCutOrRefused() throws IOException {
        String text = "pump ".repeat(100);
        assertThat(Tokenizer.open(step("'maxLength': 5"), notes)
                        .encode(text, "here")
                        .ids())
                .hasSize(5);
        assertThatThrownBy(() -> Tokenizer.open(step("'maxLength': 5, 'truncate': false"), notes)
                        .encode(text, "a.txt:3"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("a.txt:3: the text has 102 tokens, and max-length is 5");
        assertThat(Tokenizer.open(step("'maxLength': 3, 'special': false"), notes)
                        .encode("pump", "here")
                        .mask())
                .containsExactly(1, 0, 0);
    }

    @Test
    void whatIsNoTokenizerIsNamed() throws IOException {
        assertThatThrownBy(() -> Tokenizer.open(step("'maxLength': 5"), folder)).hasMessageContaining("no such file");
        for (String json : List.of(
                "", "nonsense", "[]", "{}", "{\"model\":{\"type\":\"Foo\"}}", "{\"model\":{\"type\":\"WordPiece\"}}")) {
            assertThatThrownBy(() -> of(json, "'maxLength': 5, 'pad': 'x'"))
                    .as(json)
                    .isInstanceOf(ProblemException.class);
        }
        String own = own();
        assertThatThrownBy(() -> of(own, "'maxLength': 5, 'pad': '[PUD]'"))
                .hasMessageContaining("no token '[PUD]'")
                .hasMessageContaining("try '[PAD]'");
        String without = own.replace("[PAD]", "[xxx]");
        assertThatThrownBy(() -> of(without, "'maxLength': 5"))
                .hasMessageContaining("the tokenizer has no token for padding");
        String unknown = own.replace("\"unk_token\": \"[UNK]\"", "\"unk_token\": \"[none]\"");
        assertThat(unknown).isNotEqualTo(own);
        assertThatThrownBy(() -> of(unknown, "'maxLength': 5").encode("火", "a.txt:1"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("a.txt:1: the text can't be encoded");
    }

    @Test
    void damagedTokenizersAreRefusedOrWork() throws IOException {
        String own = own();
        var random = new SplittableRandom(11);
        for (int i = 0; i < 400; i++) {
            var json = new StringBuilder(
                    own.substring(0, random.nextInt(2) == 0 ? own.length() : random.nextInt(own.length())));
            for (int k = random.nextInt(4); k > 0 && !json.isEmpty(); k--) {
                json.setCharAt(random.nextInt(json.length()), (char) (32 + random.nextInt(95)));
            }
            try {
                of(json.toString(), "'maxLength': 8").encode("pump 3 stopped!", "here");
            } catch (ProblemException e) {
                assertThat(e.problem().code()).isEqualTo("pipeline.tokenizer");
            }
        }
    }

    @Test
    void anyTextIsEncoded() {
        Tokenizer tokenizer = Tokenizer.open(step("'maxLength': 12"), notes);
        var random = new SplittableRandom(7);
        for (int i = 0; i < 2000; i++) {
            var text = new StringBuilder();
            for (int k = random.nextInt(40); k > 0; k--) {
                // lone surrogates among them
                text.append((char) random.nextInt(random.nextBoolean() ? 128 : 65536));
            }
            assertThat(tokenizer.encode(text.toString(), "here").ids()).hasSize(12);
        }
    }

    @Test
    void aModelOfTextAnswersRight() {
        Model model = ModelFile.read(notes.resolve("model.onnx"));
        PipelineSpec spec = spec("{'source': {'text': 'evaluation.csv', 'label': 'label', 'names': 'labels.txt'},"
                + " 'pre': [{'tokenize': {'tokenizer': 'tokenizer.json', 'maxLength': 16}}],"
                + " 'post': [{'softmax': {}}, {'argmax': {'labels': 'labels.txt'}}]}");
        assertThat(spec.files()).containsExactly("labels.txt", "tokenizer.json");
        SampleSource source = Sources.open(spec, notes, model);
        assertThat(source.size()).isEqualTo(240);
        FrameFormat format = Sources.frame(spec.source(), notes, model);
        Model fused = Fusion.fuse(model, spec, format, Map.of("batch", 1L, "sequence", 16L));
        DecisionReader reader = DecisionReader.of(fused, spec, notes);
        int right = 0;
        try (Session session = Ran.open(fused)) {
            for (Sample sample : source) {
                Map<String, Tensor> outputs = session.infer(sample.inputs());
                right += outputs.get(PostLowering.INDEX).longAt(0)
                                == sample.label().orElseThrow()
                        ? 1
                        : 0;
            }
        }
        assertThat(right).isGreaterThan(235);
        assertThat(reader.outputs()).isNotEmpty();
    }

    @Test
    void linesRowsAndJsonGiveTheSame() throws IOException {
        Files.copy(notes.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Model model = ModelFile.read(notes.resolve("model.onnx"));
        Files.writeString(folder.resolve("a.txt"), "pump stopped\n\nfan, noisy\n");
        Files.writeString(folder.resolve("a.csv"), "id,said,class\n1,pump stopped,fault\n\n2,\"fan, noisy\",warning\n");
        Files.writeString(
                folder.resolve("a.jsonl"),
                "{\"said\": \"pump stopped\", \"class\": \"fault\"}\n{\"class\": \"warning\", \"said\": \"fan, noisy\"}\n");
        List<Sample> lines = read("'text': 'a.txt'", model);
        List<Sample> rows = read("'text': 'a.csv', 'column': 'said', 'label': 'class'", model);
        List<Sample> json = read("'text': 'a.jsonl', 'column': 'said', 'label': 'class'", model);
        assertThat(lines)
                .extracting(Sample::inputs)
                .isEqualTo(rows.stream().map(Sample::inputs).toList());
        assertThat(lines)
                .extracting(Sample::inputs)
                .isEqualTo(json.stream().map(Sample::inputs).toList());
        assertThat(rows).extracting(Sample::id).containsExactly("a.csv:2", "a.csv:4");
        assertThat(rows).extracting(sample -> sample.label().orElse(-1)).containsExactly(0, 1);
        assertThat(json).extracting(sample -> sample.label().orElse(-1)).containsExactly(0, 1);
        assertThat(lines.getFirst().inputs().get("input_ids").dims()).containsExactly(1, 8);
    }

    private List<Sample> read(String source, Model model) {
        var samples = new ArrayList<Sample>();
        Sources.open(
                        spec("{'source': {" + source
                                + "}, 'pre': [{'tokenize': {'tokenizer': 'tokenizer.json', 'maxLength': 8}}]}"),
                        folder,
                        model)
                .forEach(samples::add);
        return samples;
    }

    @Test
    void brokenTextsAreNamedWithTheirLine() throws IOException {
        Files.copy(notes.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Model model = ModelFile.read(notes.resolve("model.onnx"));
        bad("a.csv", "id,txt\n1,a\n", "a.csv:1: no column 'text' · try 'txt'", model);
        bad("a.csv", "id,text\n1\n", "a.csv:2: expected 2 cells, found 1", model);
        bad("a.jsonl", "{\"text\": \"a\"}\nhello\n", "a.jsonl:2: expected a JSON object, found 'hello'", model);
        bad("a.jsonl", "{\"txt\": \"a\"}\n", "a.jsonl:1: no text in the field 'text'", model);
        bad("a.jsonl", "{\"text\": {}}\n", "a.jsonl:1: no text in the field 'text'", model);
        bad("a.txt", "\n\n", "a.txt: the file has no text", model);
        Files.write(folder.resolve("b.txt"), new byte[] {'a', (byte) 0xff, '\n'});
        assertThatThrownBy(() -> read("'text': 'b.txt'", model)).hasMessageContaining("not UTF-8");
        assertThatThrownBy(() -> read("'text': 'none.txt'", model)).hasMessageContaining("no such file");
    }

    private void bad(String name, String text, String message, Model model) throws IOException {
        Files.writeString(folder.resolve(name), text);
        assertThatThrownBy(() -> read("'text': '" + name + "'", model))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aModelThatTakesNoTokensIsNamed() throws IOException {
        Model model = FusionPreTest.echo(13, DataType.FLOAT, dev.skerry.model.Dim.of("N"), dev.skerry.model.Dim.of(2));
        Files.copy(notes.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("a.txt"), "pump\n");
        assertThatThrownBy(() -> read("'text': 'a.txt'", model))
                .hasMessageContaining("the model has no input 'input_ids'");
        assertThatThrownBy(() -> Sources.open(spec("{'source': {'text': 'a.txt'}}"), folder, model))
                .hasMessageContaining("text goes into no model as it is")
                .hasMessageContaining("tokenize");
        assertThatThrownBy(() -> Sources.open(
                        spec(
                                "{'source': {'tensors': 'a.npz'}, 'pre': [{'tokenize': {'tokenizer': 't', 'maxLength': 8}}]}"),
                        folder,
                        model))
                .hasMessageContaining("the first after a source of text");
        Model fixed = ModelFile.read(notes.resolve("model.onnx"));
        assertThatThrownBy(() -> TokenInputs.of(fixed, step("'maxLength': 8, 'mask': 'attention_msk'")))
                .hasMessageContaining("no input 'attention_msk'")
                .hasMessageContaining("'attention_mask'");
    }

    @Test
    void aPlatformWithoutALibraryIsNamed() {
        assertThatThrownBy(() -> TokenizerLibrary.load(null, "linux-riscv64"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("there is none for linux-riscv64");
        assertThatThrownBy(() -> TokenizerLibrary.load(folder.resolve("x.so").toString(), ""))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("the tokenizers' native library doesn't load");
    }
}
