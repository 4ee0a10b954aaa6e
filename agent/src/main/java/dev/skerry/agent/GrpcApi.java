package dev.skerry.agent;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.UnsafeByteOperations;
import dev.skerry.agent.proto.Empty;
import dev.skerry.agent.proto.ModelInferRequest;
import dev.skerry.agent.proto.ModelInferResponse;
import dev.skerry.agent.proto.ModelMetadataRequest;
import dev.skerry.agent.proto.ModelMetadataResponse;
import dev.skerry.agent.proto.ModelReadyRequest;
import dev.skerry.agent.proto.ModelReadyResponse;
import dev.skerry.agent.proto.ServerLiveResponse;
import dev.skerry.agent.proto.ServerMetadataResponse;
import dev.skerry.agent.proto.ServerReadyResponse;
import dev.skerry.agent.proto.SystemSharedMemoryRegisterRequest;
import dev.skerry.agent.proto.SystemSharedMemoryStatusRequest;
import dev.skerry.agent.proto.SystemSharedMemoryStatusResponse;
import dev.skerry.agent.proto.SystemSharedMemoryUnregisterRequest;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * The Open Inference Protocol over gRPC: unary calls only, so that gRPC is HTTP/2 with five bytes before a message and a
 * status after it, and a library of its own with all that comes with it isn't worth its size here.
 */
final class GrpcApi {
    private static final String SERVICE = "/inference.GRPCInferenceService/";
    private static final HeaderName TIMEOUT = HeaderNames.create("grpc-timeout");
    private static final HeaderName STATUS = HeaderNames.create("grpc-status");
    private static final HeaderName MESSAGE = HeaderNames.create("grpc-message");
    private static final Header TYPE = HeaderValues.createCached("content-type", "application/grpc");
    private static final Header TRAILERS = HeaderValues.createCached(HeaderNames.TRAILER, "grpc-status");
    private static final Header IDENTITY = HeaderValues.createCached("grpc-accept-encoding", "identity");
    private static final int OK = 0;
    private static final int PREFIX = 5;
    private static final byte[] NOTHING = new byte[0];

    private final Protocol protocol;
    private final Bodies bodies;
    private final GrpcTensors tensors;
    private final ClientRates rates;
    private final LongSupplier nanoTime;

    GrpcApi(Protocol protocol, Bodies bodies, Limits limits, ClientRates rates, LongSupplier nanoTime) {
        this.protocol = protocol;
        this.bodies = bodies;
        this.tensors = new GrpcTensors(limits);
        this.rates = rates;
        this.nanoTime = nanoTime;
    }

    static boolean isOne(ServerRequest request) {
        return request.headers()
                .value(HeaderNames.CONTENT_TYPE)
                .map(type -> type.toLowerCase(Locale.ROOT).startsWith("application/grpc"))
                .orElse(false);
    }

    void handle(ServerRequest request, ServerResponse response) {
        long arrived = nanoTime.getAsLong();
        var call = new Call(arrived);
        // until the client has taken its answer
        try (Bodies.Held held = bodies.holding(Connections.Ends.of(request))) {
            handle(request, response, call, held);
        }
    }

    private void handle(ServerRequest request, ServerResponse response, Call call, Bodies.Held held) {
        byte[] framed;
        try {
            MessageLite message = answer(request, call, held);
            held.accept(PREFIX + message.getSerializedSize());
            framed = framed(message);
        } catch (ProblemException expected) {
            fail(request, response, call, expected.problem());
            return;
        } catch (OutOfMemoryError full) {
            fail(
                    request,
                    response,
                    call,
                    Problem.environment("serve.memory", "the memory for this request can't be had")
                            .attempt("fewer large requests at once"));
            return;
        } catch (UncheckedIOException | CloseConnectionException gone) {
            throw gone;
        } catch (RuntimeException defect) {
            fail(request, response, call, Problem.environment("defect", "the agent has a defect: " + defect));
            return;
        }
        send(request, response, framed, OK, "");
    }

    /** One call, and the model that it turns out to be about. */
    private static final class Call {
        private final long arrivedNanos;
        private String model = "";

        Call(long arrivedNanos) {
            this.arrivedNanos = arrivedNanos;
        }
    }

    private void fail(ServerRequest request, ServerResponse response, Call call, Problem problem) {
        protocol.models().failed(call.model, problem, call.arrivedNanos);
        send(request, response, NOTHING, Answer.to(problem).grpc(), problem.toString());
    }

    private void send(ServerRequest request, ServerResponse response, byte[] body, int status, String message) {
        response.header(TYPE);
        response.header(IDENTITY);
        response.header(TRAILERS);
        response.trailers().set(HeaderValues.create(STATUS, status));
        if (!message.isEmpty()) {
            response.trailers().set(HeaderValues.create(MESSAGE, percentEncoded(message)));
        }
        try (Connections.Transfer _ = bodies.transfer(Connections.Ends.of(request))) {
            response.send(body);
        }
    }

    /** As gRPC has it: what isn't printable ASCII goes by its UTF-8 bytes. */
    static String percentEncoded(String message) {
        var text = new StringBuilder();
        for (byte each : message.getBytes(StandardCharsets.UTF_8)) {
            if (each >= ' ' && each <= '~' && each != '%') {
                text.append((char) each);
            } else {
                text.append(String.format(Locale.ROOT, "%%%02X", each & 0xff));
            }
        }
        return text.toString();
    }

    private MessageLite answer(ServerRequest request, Call call, Bodies.Held held) {
        String path = request.path().rawPath();
        if (!path.startsWith(SERVICE)) {
            throw unknown(path);
        }
        String method = path.substring(SERVICE.length());
        Models models = protocol.models();
        return switch (method) {
            case "ServerLive" -> {
                read(request, held, Empty.parser());
                yield ServerLiveResponse.newBuilder().setLive(true).build();
            }
            case "ServerReady" -> {
                read(request, held, Empty.parser());
                yield ServerReadyResponse.newBuilder()
                        .setReady(models.allReady())
                        .build();
            }
            case "ServerMetadata" -> {
                read(request, held, Empty.parser());
                yield ServerMetadataResponse.newBuilder()
                        .setName(Protocol.SERVER)
                        .setVersion(protocol.version())
                        .addAllExtensions(protocol.extensions())
                        .build();
            }
            case "ModelReady" -> {
                ModelReadyRequest asked = read(request, held, ModelReadyRequest.parser());
                yield ModelReadyResponse.newBuilder()
                        .setReady(models.isReady(asked.getName(), asked.getVersion()))
                        .build();
            }
            case "ModelMetadata" -> metadata(read(request, held, ModelMetadataRequest.parser()));
            case "ModelInfer" -> infer(request, call, held);
            case "SystemSharedMemoryStatus" -> status(read(request, held, SystemSharedMemoryStatusRequest.parser()));
            case "SystemSharedMemoryRegister" -> {
                SystemSharedMemoryRegisterRequest asked =
                        read(request, held, SystemSharedMemoryRegisterRequest.parser());
                protocol.regions().register(asked.getName(), asked.getKey(), asked.getOffset(), asked.getByteSize());
                yield Empty.getDefaultInstance();
            }
            case "SystemSharedMemoryUnregister" -> {
                protocol.regions()
                        .unregister(read(request, held, SystemSharedMemoryUnregisterRequest.parser())
                                .getName());
                yield Empty.getDefaultInstance();
            }
            default -> throw unknown(path);
        };
    }

    private static RuntimeException unknown(String path) {
        return Problem.usage("serve.path", "there is no such method")
                .at(RequestCheck.quoted(path))
                .because("those of " + SERVICE.substring(1) + " without streams are there")
                .toException();
    }

    private ModelMetadataResponse metadata(ModelMetadataRequest asked) {
        ServedModel served = protocol.models().ready(asked.getName(), asked.getVersion());
        OpenModel model = served.model();
        return ModelMetadataResponse.newBuilder()
                .setName(served.name())
                .addVersions(model.version())
                .setPlatform(model.platform())
                .addAllInputs(model.inputs().stream().map(GrpcApi::tensor).toList())
                .addAllOutputs(model.outputs().stream().map(GrpcApi::tensor).toList())
                .build();
    }

    private static ModelMetadataResponse.TensorMetadata tensor(TensorForm form) {
        var tensor = ModelMetadataResponse.TensorMetadata.newBuilder()
                .setName(form.name())
                .setDatatype(form.type().name());
        for (long size : form.dims()) {
            tensor.addShape(size);
        }
        return tensor.build();
    }

    private ModelInferResponse infer(ServerRequest request, Call call, Bodies.Held held) {
        rates.take(RestApi.client(request));
        ModelInferRequest asked = read(request, held, ModelInferRequest.parser());
        // a name of any length is not kept
        call.model = asked.getModelName();
        protocol.models().ready(asked.getModelName(), asked.getModelVersion());
        InferenceRequest wanted = tensors.request(asked, held);
        InferenceRequest timed = request.headers()
                .value(TIMEOUT)
                .map(text -> wanted.within(Timeouts.grpc(text)))
                .orElse(wanted);
        Models.Answered answered =
                protocol.models().infer(asked.getModelName(), asked.getModelVersion(), timed, call.arrivedNanos, held);
        return GrpcTensors.response(asked.getModelName(), answered, timed, held);
    }

    private SystemSharedMemoryStatusResponse status(SystemSharedMemoryStatusRequest asked) {
        var response = SystemSharedMemoryStatusResponse.newBuilder();
        for (SharedRegions.Region region : protocol.regions().status(asked.getName())) {
            response.putRegions(
                    region.name(),
                    SystemSharedMemoryStatusResponse.RegionStatus.newBuilder()
                            .setName(region.name())
                            .setKey(region.key())
                            .setOffset(region.offset())
                            .setByteSize(region.bytes())
                            .build());
        }
        return response.build();
    }

    /** The one message of a call. Large fields of it refer to what was read. */
    private <T extends MessageLite> T read(ServerRequest request, Bodies.Held held, Parser<T> parser) {
        InputStream in = request.content().inputStream();
        byte[] prefix = new byte[PREFIX];
        try (Connections.Transfer _ = bodies.transfer(Connections.Ends.of(request))) {
            if (in.readNBytes(prefix, 0, PREFIX) < PREFIX) {
                throw malformed("the call has no message").toException();
            }
            if (prefix[0] != 0) {
                throw Problem.usage("serve.encoding", "messages are taken as they are")
                        .because("this one is compressed")
                        .attempt("the client without compression")
                        .toException();
            }
            long length =
                    (prefix[1] & 0xffL) << 24 | (prefix[2] & 0xff) << 16 | (prefix[3] & 0xff) << 8 | prefix[4] & 0xff;
            byte[] message = bodies.message(in, length, held);
            if (in.read() >= 0) {
                throw malformed("more than one message came").toException();
            }
            var coded = UnsafeByteOperations.unsafeWrap(message).newCodedInput();
            coded.enableAliasing(true);
            return parser.parseFrom(coded);
        } catch (InvalidProtocolBufferException broken) {
            throw malformed("the message is none of this method")
                    .because(broken.getMessage())
                    .toException();
        } catch (IOException | UncheckedIOException cut) {
            throw malformed("the call ended in the middle of its message")
                    .because(cut.getMessage())
                    .toException();
        }
    }

    private static Problem malformed(String what) {
        return Problem.usage("serve.request", what);
    }

    private static byte[] framed(MessageLite message) {
        int size = message.getSerializedSize();
        byte[] framed = new byte[PREFIX + size];
        framed[1] = (byte) (size >>> 24);
        framed[2] = (byte) (size >>> 16);
        framed[3] = (byte) (size >>> 8);
        framed[4] = (byte) size;
        try {
            message.writeTo(CodedOutputStream.newInstance(framed, PREFIX, size));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return framed;
    }
}
