package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.SharedPlace;
import dev.skerry.problem.Problem;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of a request or of a tensor. Those that aren't known are passed over, as the protocol wants it; those that would
 * change what an answer means, and aren't supported, are refused.
 *
 * @param values booleans, longs, doubles and strings
 */
record Parameters(String where, Map<String, Object> values) {
    static final Parameters NONE = new Parameters("", Map.of());

    boolean flag(String name, boolean absent) {
        return switch (values.get(name)) {
            case null -> absent;
            case Boolean flag -> flag;
            default -> throw wrong(name, "true or false").toException();
        };
    }

    @Nullable
    Long integer(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case Long number -> number;
            default -> throw wrong(name, "an integer").toException();
        };
    }

    private @Nullable String string(String name) {
        return switch (values.get(name)) {
            case null -> null;
            case String text -> text;
            default -> throw wrong(name, "a text").toException();
        };
    }

    /** The place in shared memory that these name; null where they name none. */
    @Nullable
    SharedPlace place() {
        String region = string("shared_memory_region");
        if (region == null) {
            return null;
        }
        Long bytes = integer("shared_memory_byte_size");
        Long offset = integer("shared_memory_offset");
        if (bytes == null || bytes < 0 || (offset != null && offset < 0)) {
            throw Problem.usage("serve.shared-memory", "a place in shared memory has a shared_memory_byte_size")
                    .at(where)
                    .because("it and shared_memory_offset are 0 or more")
                    .toException();
        }
        return new SharedPlace(region, offset == null ? 0 : offset, bytes);
    }

    /** Microseconds; 0 where there is none. */
    long timeoutMicros() {
        Long timeout = integer("timeout");
        if (timeout != null && timeout < 0) {
            throw wrong("timeout", "microseconds, 0 or more").toException();
        }
        return timeout == null ? 0 : timeout;
    }

    void refuseSequences() {
        for (String name : new String[] {"sequence_id", "sequence_start", "sequence_end"}) {
            Object value = values.get(name);
            if (value != null && !value.equals(0L) && !value.equals(false) && !value.equals("")) {
                throw Problem.usage("serve.request", "sequences of requests are not supported")
                        .at("parameters." + name)
                        .because("no state is kept between two requests")
                        .attempt("the model's state outputs as inputs of the next request")
                        .toException();
            }
        }
    }

    void refuseClassification(String output) {
        if (values.containsKey("classification")) {
            throw Problem.usage("serve.request", "the classification extension is not supported")
                    .at("output " + RequestCheck.quoted(output))
                    .attempt("the output as it is, or a bundle whose pipeline ends in top-k")
                    .toException();
        }
    }

    private Problem wrong(String name, String expected) {
        return Problem.usage("serve.request", "expected " + expected)
                .at((where.isEmpty() ? "parameters" : where) + "." + name);
    }
}
