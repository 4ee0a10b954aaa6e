package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.agent.InferenceRequest.GivenTensor;
import dev.skerry.agent.InferenceRequest.SharedPlace;
import dev.skerry.agent.InferenceRequest.WantedOutput;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads inference requests as the REST form of the Open Inference Protocol has them, with the extension for binary tensors:
 * JSON, and after it the bytes of the inputs that have a {@code binary_data_size}, in their order. Numbers go from the text
 * to packed elements without a tree between them; bytes stay where they are.
 */
final class RequestJson {
    private static final int LONGEST_NAME = 1024;
    private static final int MOST_DIMENSIONS = 32;

    private final Limits limits;
    private final JsonFactory factory;

    RequestJson(Limits limits) {
        this.limits = limits;
        this.factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(limits.jsonDepth())
                        .maxStringLength((int) Math.min(limits.bodyBytes(), Integer.MAX_VALUE - 8))
                        .maxNameLength(LONGEST_NAME)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
                .build();
    }

    /**
     * Reads a request.
     *
     * @param body JSON and what follows it; the request refers to it
     * @param jsonBytes how much of it is JSON
     * @param memory is told of bytes before they are had, and may refuse them
     * @throws dev.skerry.problem.ProblemException with code {@code serve.request} where it is no request, {@code serve.tensor}
     *     where a tensor isn't what it says it is
     */
    InferenceRequest read(byte[] body, int jsonBytes, LongConsumer memory) {
        try (JsonParser json = factory.createParser(ObjectReadContext.empty(), body, 0, jsonBytes)) {
            InferenceRequest request = new Reading(body, jsonBytes, memory).request(json);
            if (json.nextToken() != null) {
                throw malformed("something follows the request").toException();
            }
            return request;
        } catch (StreamConstraintsException tooMuch) {
            throw Problem.usage("serve.too-large", "the JSON goes beyond what a request may have")
                    // its own words, without the name of the method that sets the limit
                    .because(String.valueOf(tooMuch.getOriginalMessage()).replaceAll(",? from `[^`]*`", ""))
                    .toException();
        } catch (JacksonException broken) {
            throw malformed("the body is no JSON")
                    .because(words(broken))
                    .attempt("the header Inference-Header-Content-Length, where binary tensors follow the JSON")
                    .toException();
        }
    }

    /** Where it breaks and how; what the parser says of itself stays out. */
    static String words(JacksonException broken) {
        String message = broken instanceof UnexpectedEndOfInputException
                ? "it ends before it is whole"
                : RequestCheck.quoted(String.valueOf(broken.getOriginalMessage())
                        .replaceFirst("(?s)( \\(start marker at|\\[Source|\n at ).*", ""));
        var place = broken.getLocation();
        return place == null
                ? message
                : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": " + message;
    }

    private static Problem malformed(String what) {
        return Problem.usage("serve.request", what);
    }

    /** One request under way; where the bytes that follow the JSON have been taken up to. */
    private final class Reading {
        private final byte[] body;
        private final int jsonBytes;
        private final LongConsumer memory;
        private long taken;

        Reading(byte[] body, int jsonBytes, LongConsumer memory) {
            this.body = body;
            this.jsonBytes = jsonBytes;
            this.memory = memory;
            this.taken = jsonBytes;
        }

        InferenceRequest request(JsonParser json) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw malformed("a request is a JSON object").toException();
            }
            String id = "";
            Parameters parameters = Parameters.NONE;
            List<GivenTensor> inputs = null;
            List<OutputDraft> drafts = List.of();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "id" -> id = string(json, "id");
                    case "parameters" -> parameters = parameters(json, "parameters");
                    case "inputs" -> inputs = inputs(json);
                    case "outputs" -> drafts = outputs(json);
                    default -> json.skipChildren();
                }
            }
            if (inputs == null) {
                throw malformed("the request has no inputs").toException();
            }
            if (taken != body.length) {
                throw malformed("bytes are left that belong to no input")
                        .because((body.length - taken) + " of " + (body.length - jsonBytes) + " after the JSON")
                        .attempt("binary_data_size among the parameters of each input that is sent as bytes")
                        .toException();
            }
            parameters.refuseSequences();
            boolean binary = parameters.flag("binary_data_output", false);
            List<WantedOutput> outputs =
                    drafts.stream().map(draft -> draft.wanted(binary)).toList();
            return new InferenceRequest(id, inputs, outputs, binary, parameters.timeoutMicros());
        }

        private List<GivenTensor> inputs(JsonParser json) {
            require(json, JsonToken.START_ARRAY, "inputs");
            var inputs = new ArrayList<GivenTensor>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                inputs.add(input(json, "inputs[" + inputs.size() + "]"));
            }
            return inputs;
        }

        private GivenTensor input(JsonParser json, String place) {
            require(json, JsonToken.START_OBJECT, place);
            String name = null;
            Datatype type = null;
            long[] dims = null;
            Parameters parameters = Parameters.NONE;
            Content content = null;
            int later = -1;
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String field = json.currentName();
                json.nextToken();
                switch (field) {
                    case "name" -> name = string(json, place + ".name");
                    case "datatype" -> type = datatype(string(json, place + ".datatype"), place);
                    case "shape" -> dims = shape(json, place + ".shape");
                    case "parameters" -> parameters = parameters(json, place + ".parameters");
                    case "data" -> {
                        require(json, JsonToken.START_ARRAY, place + ".data");
                        if (type != null && dims != null) {
                            content = data(json, place, type, dims);
                        } else {
                            // what it holds is only said after it; it is read again then
                            later = Math.toIntExact(json.currentTokenLocation().getByteOffset());
                            json.skipChildren();
                        }
                    }
                    default -> json.skipChildren();
                }
            }
            if (name == null || type == null || dims == null) {
                throw malformed("an input has a name, a datatype and a shape")
                        .at(place)
                        .because("missing is " + (name == null ? "name" : type == null ? "datatype" : "shape"))
                        .toException();
            }
            if (later >= 0) {
                content = data(later, place, type, dims);
            }
            return new GivenTensor(name, type, dims, content(name, type, dims, parameters, content));
        }

        private Content content(
                String name, Datatype type, long[] dims, Parameters parameters, @Nullable Content inJson) {
            SharedPlace place = parameters.place();
            Long bytes = parameters.integer("binary_data_size");
            if ((inJson != null ? 1 : 0) + (place != null ? 1 : 0) + (bytes != null ? 1 : 0) != 1) {
                throw malformed("the content of an input is in one place")
                        .at("input " + RequestCheck.quoted(name))
                        .because("data, binary_data_size or shared_memory_region; found are "
                                + (inJson == null ? "" : "data ")
                                + (bytes == null ? "" : "binary_data_size ")
                                + (place == null ? "" : "shared_memory_region ")
                                + (inJson == null && bytes == null && place == null ? "none" : ""))
                        .toException();
            }
            if (inJson != null) {
                return inJson;
            }
            if (place != null) {
                return new Content.Shared(place);
            }
            if (bytes == null || bytes < 0 || bytes > body.length - taken) {
                throw malformed("an input says that it has more bytes than there are")
                        .at("input " + RequestCheck.quoted(name))
                        .because("binary_data_size is " + bytes + ", " + (body.length - taken)
                                + " bytes are left after the JSON")
                        .toException();
            }
            MemorySegment packed = MemorySegment.ofArray(body).asSlice(taken, bytes);
            taken += bytes;
            RequestCheck.requireSize(name, type, dims, limits);
            return type == Datatype.BYTES
                    ? new Content.Strings(ByteStrings.read(packed, TensorForm.elements(dims), name, memory))
                    : new Content.Packed(packed);
        }

        private Content data(int offset, String place, Datatype type, long[] dims) {
            try (JsonParser json = factory.createParser(ObjectReadContext.empty(), body, offset, jsonBytes - offset)) {
                json.nextToken();
                return data(json, place, type, dims);
            }
        }

        private Content data(JsonParser json, String place, Datatype type, long[] dims) {
            RequestCheck.requireSize(place, type, dims, limits);
            // an element takes two characters at least, so a lie about the shape costs no memory
            if (TensorForm.elements(dims) > jsonBytes / 2 + 1) {
                throw Problem.usage("serve.tensor", "the data is not as large as the shape says")
                        .at(place)
                        .because(TensorForm.text(dims) + " doesn't fit a request of " + jsonBytes + " bytes")
                        .toException();
            }
            memory.accept(TensorForm.elements(dims) * (type == Datatype.BYTES ? ByteStrings.ELEMENT : type.bytes()));
            return new TensorJson(place + ".data", type, dims).read(json);
        }

        private List<OutputDraft> outputs(JsonParser json) {
            require(json, JsonToken.START_ARRAY, "outputs");
            var outputs = new ArrayList<OutputDraft>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String place = "outputs[" + outputs.size() + "]";
                require(json, JsonToken.START_OBJECT, place);
                String name = null;
                Parameters parameters = Parameters.NONE;
                while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                    String field = json.currentName();
                    json.nextToken();
                    switch (field) {
                        case "name" -> name = string(json, place + ".name");
                        case "parameters" -> parameters = parameters(json, place + ".parameters");
                        default -> json.skipChildren();
                    }
                }
                if (name == null) {
                    throw malformed("an output has a name").at(place).toException();
                }
                outputs.add(new OutputDraft(name, parameters));
            }
            return outputs;
        }
    }

    private record OutputDraft(String name, Parameters parameters) {
        WantedOutput wanted(boolean binary) {
            parameters.refuseClassification(name);
            return new WantedOutput(name, parameters.flag("binary_data", binary), parameters.place());
        }
    }

    static Datatype datatype(String name, String place) {
        return Datatype.named(name)
                .orElseThrow(
                        () -> Problem.usage("serve.tensor", "the protocol has no datatype " + RequestCheck.quoted(name))
                                .at(place)
                                .because("it has " + Arrays.toString(Datatype.values()))
                                .toException());
    }

    private static long[] shape(JsonParser json, String place) {
        require(json, JsonToken.START_ARRAY, place);
        long[] dims = new long[MOST_DIMENSIONS];
        int rank = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            require(json, JsonToken.VALUE_NUMBER_INT, place);
            if (rank == MOST_DIMENSIONS) {
                throw malformed("a shape has at most " + MOST_DIMENSIONS + " dimensions")
                        .at(place)
                        .toException();
            }
            dims[rank++] = json.getLongValue();
        }
        return Arrays.copyOf(dims, rank);
    }

    private static Parameters parameters(JsonParser json, String place) {
        require(json, JsonToken.START_OBJECT, place);
        var values = new LinkedHashMap<String, Object>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            switch (json.nextToken()) {
                case VALUE_TRUE -> values.put(name, true);
                case VALUE_FALSE -> values.put(name, false);
                case VALUE_NUMBER_INT -> values.put(name, json.getLongValue());
                case VALUE_NUMBER_FLOAT -> values.put(name, json.getDoubleValue());
                case VALUE_STRING -> values.put(name, string(json, place + "." + name));
                default -> json.skipChildren();
            }
        }
        return new Parameters(place, Map.copyOf(values));
    }

    private static String string(JsonParser json, String place) {
        require(json, JsonToken.VALUE_STRING, place);
        String text = json.getString();
        if (text.length() > LONGEST_NAME) {
            throw malformed("a text of at most " + LONGEST_NAME + " characters was expected")
                    .at(place)
                    .because("it has " + text.length())
                    .toException();
        }
        return text;
    }

    private static void require(JsonParser json, JsonToken expected, String place) {
        JsonToken found = json.currentToken();
        if (found != expected) {
            throw malformed("expected " + TensorJson.word(expected) + ", found " + TensorJson.word(found))
                    .at(RequestCheck.quoted(place))
                    .toException();
        }
    }
}
