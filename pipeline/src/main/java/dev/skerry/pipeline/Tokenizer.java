package dev.skerry.pipeline;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Turns text into the numbers of tokens, all of one length, by a {@code tokenizer.json} as Hugging Face's tokenizers write it. For
 * one thread at a time.
 */
final class Tokenizer {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final List<String> PADS = List.of("[PAD]", "<pad>", "<|pad|>", "<|endoftext|>", "</s>");
    private static final long MOST_BYTES = 256L << 20;
    private static final String LONGEST_FIRST = "LONGEST_FIRST";
    private static final String TO_MAX_LENGTH = "MAX_LENGTH";

    private final TokenizersLibrary library;
    private final long handle;
    private final Path file;
    private final Step.Tokenize step;
    private final Padding padding;

    private Tokenizer(TokenizersLibrary library, long handle, Path file, Step.Tokenize step, Padding padding) {
        this.library = library;
        this.handle = handle;
        this.file = file;
        this.step = step;
        this.padding = padding;
        CLEANER.register(this, () -> library.deleteTokenizer(handle));
    }

    private record Padding(String token, int id, int type) {}

    /** One text: the numbers of its tokens, 1 for a token and 0 for padding, and which of two texts it is of. */
    @SuppressWarnings("ArrayRecordComponent") // as the library gives them; nobody compares them
    record Encoding(long[] ids, long[] mask, long[] types) {}

    /**
     * @param folder that the step's file is relative to
     * @throws dev.skerry.problem.ProblemException {@code pipeline.tokenizer}
     */
    static Tokenizer open(Step.Tokenize step, Path folder) {
        Path file = folder.resolve(step.tokenizer());
        String text = read(file);
        JsonNode json = parse(text, file);
        Padding padding = padding(json, step, file);
        requireTemplates(json.path("post_processor"), file);
        TokenizersLibrary library = TokenizerLibrary.get();
        long handle;
        try {
            handle = library.createTokenizerFromString(text);
        } catch (RuntimeException e) {
            throw broken(file, String.valueOf(e.getMessage()));
        }
        var tokenizer = new Tokenizer(library, handle, file, step, padding);
        tokenizer.prepare();
        return tokenizer;
    }

    private static String read(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw broken(file, "it is larger than 256 MiB");
            }
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw Problem.usage("pipeline.tokenizer", "no such file")
                    .at(file.toString())
                    .attempt("the tokenizer.json that belongs to the model")
                    .toException();
        } catch (IOException e) {
            throw broken(file, String.valueOf(e.getMessage()));
        }
    }

    private static RuntimeException broken(Path file, String why) {
        return Problem.usage("pipeline.tokenizer", "the tokenizer can't be read")
                .at(file.toString())
                .because(why)
                .attempt(
                        "a tokenizer.json as tokenizers and transformers write it (save_pretrained of a fast tokenizer)")
                .toException();
    }

    private static JsonNode parse(String text, Path file) {
        try {
            return JsonMapper.shared().readTree(text);
        } catch (JacksonException e) {
            throw broken(file, String.valueOf(e.getOriginalMessage()));
        }
    }

    /** The library ends the whole process where a template names a token that the file doesn't describe. */
    private static void requireTemplates(JsonNode processor, Path file) {
        for (JsonNode inner : processor.path("processors").values()) {
            requireTemplates(inner, file);
        }
        JsonNode described = processor.path("special_tokens");
        for (String template : List.of("single", "pair")) {
            for (JsonNode piece : processor.path(template).values()) {
                JsonNode id = piece.path("SpecialToken").path("id");
                if (!id.isMissingNode() && !described.has(id.asString(""))) {
                    throw broken(
                            file,
                            "its template '" + template + "' names the token '" + id.asString("")
                                    + "', which isn't among its special_tokens");
                }
            }
        }
    }

    /** What fills up: as the step says, as the file says, or one of the usual ones. */
    private static Padding padding(JsonNode json, Step.Tokenize step, Path file) {
        JsonNode declared = json.path("padding");
        Map<String, Integer> vocabulary = vocabulary(json);
        String wanted = step.pad();
        if (wanted == null && declared.path("pad_token").isString()) {
            return new Padding(
                    declared.path("pad_token").stringValue(),
                    declared.path("pad_id").asInt(0),
                    declared.path("pad_type_id").asInt(0));
        }
        if (wanted == null) {
            wanted = PADS.stream().filter(vocabulary::containsKey).findFirst().orElse(null);
        }
        Integer id = wanted == null ? null : vocabulary.get(wanted);
        if (wanted == null || id == null) {
            Problem problem = Problem.usage(
                            "pipeline.tokenizer",
                            wanted == null ? "the tokenizer has no token for padding" : "no token '" + wanted + "'")
                    .at(file.toString());
            throw (wanted == null ? Optional.<String>empty() : Suggestion.nearest(wanted, vocabulary.keySet()))
                    .map(near -> problem.attempt("'" + near + "'"))
                    .orElseGet(() -> problem.attempt("pad: with one of its tokens"))
                    .toException();
        }
        return new Padding(wanted, id, 0);
    }

    private static Map<String, Integer> vocabulary(JsonNode json) {
        var tokens = new LinkedHashMap<String, Integer>();
        JsonNode vocabulary = json.path("model").path("vocab");
        if (vocabulary.isObject()) {
            vocabulary
                    .properties()
                    .forEach(
                            entry -> tokens.put(entry.getKey(), entry.getValue().asInt(0)));
        }
        int index = 0;
        for (JsonNode entry : vocabulary.isArray() ? vocabulary.values() : List.<JsonNode>of()) {
            tokens.put(entry.path(0).asString(""), index++);
        }
        for (JsonNode added : json.path("added_tokens").values()) {
            tokens.put(added.path("content").asString(""), added.path("id").asInt(0));
        }
        return tokens;
    }

    private void prepare() {
        if (step.truncate()) {
            library.setTruncation(handle, step.maxLength(), LONGEST_FIRST, 0);
        } else {
            library.disableTruncation(handle);
        }
        library.setPaddingWithTokenAndId(
                handle, step.maxLength(), TO_MAX_LENGTH, padding.token, padding.id, padding.type);
        // tokens that stand around each text have to fit as well
        encode("", "an empty text");
    }

    /**
     * @param where of the text, for problems
     * @throws dev.skerry.problem.ProblemException {@code pipeline.tokenizer} where the text can't be encoded or is too long
     */
    Encoding encode(String text, String where) {
        return encode(text, null, where);
    }

    /** The same of two texts, as models for pairs take them. */
    Encoding encode(String text, @Nullable String pair, String where) {
        long encoded;
        try {
            encoded = pair == null
                    ? library.encode(handle, text, step.special())
                    : library.encodeDual(handle, text, pair, step.special());
        } catch (RuntimeException e) {
            throw Problem.usage("pipeline.tokenizer", "the text can't be encoded")
                    .at(where)
                    .because(e.getMessage() + ", says the tokenizer of " + file)
                    .toException();
        }
        try {
            long[] ids = library.getTokenIds(encoded);
            if (ids.length != step.maxLength()) {
                throw Problem.usage(
                                "pipeline.tokenizer",
                                "the text has " + ids.length + " tokens, and max-length is " + step.maxLength())
                        .at(where)
                        .attempt("a greater max-length")
                        .attempt(step.truncate() ? "special: false" : "truncate: true")
                        .toException();
            }
            return new Encoding(ids, library.getAttentionMask(encoded), library.getTypeIds(encoded));
        } finally {
            library.deleteEncoding(encoded);
            Reference.reachabilityFence(this);
        }
    }
}
