package dev.skerry.agent;

import dev.skerry.pipeline.ActionSpec;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Decisions by POST: one as JSON, several as JSON lines. Goes nowhere else than where it was told: redirections aren't followed. */
final class HttpSender implements Outlet.Sender {
    private final ActionSpec.Http spec;
    private final HttpClient client;
    private final @Nullable String token;
    private final Duration timeout;

    HttpSender(ActionSpec.Http spec, Credentials credentials) {
        this.spec = spec;
        this.token = spec.token() == null ? null : credentials.read(spec.token());
        this.timeout = Duration.ofNanos(Math.round(spec.timeoutSeconds() * 1e9));
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout);
        if (spec.url().startsWith("https:")) {
            builder.sslContext(TlsMaterial.context(spec.files(), credentials));
        }
        this.client = builder.build();
    }

    @Override
    public @Nullable Problem send(List<byte[]> records) throws InterruptedException {
        boolean lines = spec.batch() > 1;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(spec.url()))
                .header("Content-Type", lines ? "application/x-ndjson" : "application/json")
                .timeout(timeout)
                .POST(HttpRequest.BodyPublishers.ofByteArray(lines ? join(records) : records.getFirst()));
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding());
        try {
            // the request's own timeout ends with the answer's head; its body may drip for ever
            return judge(answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS).statusCode());
        } catch (TimeoutException _) {
            throw silent();
        } catch (ExecutionException e) {
            // of the two timeouts, which are the same, either may be first
            throw e.getCause() instanceof HttpTimeoutException
                    ? silent()
                    : unreachable(NetworkCause.of(e)).toException();
        } finally {
            answer.cancel(true);
        }
    }

    private ProblemException silent() {
        return unreachable("no answer within " + spec.timeoutSeconds() + " s").toException();
    }

    private static byte[] join(List<byte[]> records) {
        var body = new ByteArrayOutputStream();
        for (byte[] record : records) {
            body.writeBytes(record);
            body.write('\n');
        }
        return body.toByteArray();
    }

    private @Nullable Problem judge(int status) {
        if (status / 100 == 2) {
            return null;
        }
        Problem problem = Problem.remote("network.http", "the server doesn't take decisions")
                .at(spec.url())
                .because("it answers with status " + status);
        if (status == 408 || status == 429 || status / 100 == 5) {
            throw problem.attempt("a look at the server; it is tried again").toException();
        }
        if (status == 401 || status == 403) {
            // a token may be made valid; what waits is worth keeping until then
            throw problem.attempt("tokenFile or tokenEnv of the action").toException();
        }
        return problem.attempt("the address: what it refuses in this way is not sent again");
    }

    private Problem unreachable(String why) {
        return Problem.remote("network.http", "the server can't be reached")
                .at(spec.url())
                .because(why)
                .attempt("a look at the server and the network; it is tried again");
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
