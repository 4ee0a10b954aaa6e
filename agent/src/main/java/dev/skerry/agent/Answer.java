package dev.skerry.agent;

import dev.skerry.problem.Problem;

/** What a problem is for a client, in the words of HTTP and of gRPC. */
enum Answer {
    INVALID(400, 3),
    NOT_FOUND(404, 5),
    UNIMPLEMENTED(404, 12),
    METHOD(405, 12),
    NOT_ACCEPTABLE(406, 3),
    SLOW(408, 4),
    TOO_LARGE(413, 8),
    ENCODING(415, 12),
    BUSY(429, 8),
    INTERNAL(500, 13),
    UNAVAILABLE(503, 14),
    DEADLINE(504, 4);

    private final int http;
    private final int grpc;

    Answer(int http, int grpc) {
        this.http = http;
        this.grpc = grpc;
    }

    int http() {
        return http;
    }

    int grpc() {
        return grpc;
    }

    static Answer to(Problem problem) {
        return switch (problem.code()) {
            case "serve.model", "serve.region" -> NOT_FOUND;
            case "serve.path" -> UNIMPLEMENTED;
            case "serve.method" -> METHOD;
            case "serve.not-finite" -> NOT_ACCEPTABLE;
            case "serve.slow" -> SLOW;
            case "serve.too-large" -> TOO_LARGE;
            case "serve.encoding" -> ENCODING;
            case "serve.busy", "serve.rate", "serve.memory" -> BUSY;
            case "serve.unavailable" -> UNAVAILABLE;
            case "serve.deadline" -> DEADLINE;
            default -> problem.kind() == Problem.Kind.USAGE ? INVALID : INTERNAL;
        };
    }
}
