package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an agent begins, and how it ends. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class StartAndStopTest {
    @TempDir
    Path folder;

    private Path broken() throws IOException {
        return Files.write(folder.resolve("broken.onnx"), new byte[] {8, 7, 99, 1, 2, 3});
    }

    private static String code(AgentPlan plan) {
        try (Agent agent = Agent.start(plan, System::nanoTime, InstantSource.system())) {
            return "started on " + agent.port();
        } catch (ProblemException e) {
            return e.problem().code();
        }
    }

    @Test
    void aModelThatCantBeServedTakesNoOtherWithIt() throws IOException {
        try (Served served = Served.models(broken(), SmallModels.doubling(folder))) {
            assertThat(served.agent().names()).containsExactly("doubling");
            assertThat(served.agent().problems()).hasSize(1);
            assertThat(served.get("/v2/health/live").statusCode()).isEqualTo(200);
            assertThat(served.get("/v2/health/ready").statusCode()).isEqualTo(503);
            assertThat(served.get("/v2/models/doubling/ready").statusCode()).isEqualTo(200);
            assertThat(served.get("/v2/models/broken/ready").statusCode()).isEqualTo(503);
            HttpResponse<byte[]> answer = served.infer("broken", "{\"inputs\": []}");
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(Served.error(answer)).contains("can't be served");
        }
    }

    @Test
    void nothingToServe() throws IOException {
        assertThat(code(Served.plan(Listening.local(), broken()))).isNotEmpty().doesNotContain("started");
    }

    @Test
    void twoModelsOfOneName() throws IOException {
        Path one = SmallModels.doubling(folder);
        Path other = SmallModels.doubling(Files.createDirectory(folder.resolve("other")));
        assertThat(code(Served.plan(Listening.local(), one, other))).isEqualTo("serve.twice");
    }

    @Test
    void aPortThatIsTaken() throws IOException {
        Path model = SmallModels.doubling(folder);
        try (var taken = new ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress())) {
            Listening local = Listening.local();
            var there = new Listening(
                    local.address(),
                    taken.getLocalPort(),
                    -1,
                    null,
                    false,
                    local.limits(),
                    local.drain(),
                    null,
                    local.exportEvery());
            assertThat(code(Served.plan(there, model))).isEqualTo("serve.port");
        }
    }

    @Test
    void requestsUnderWayAreAnsweredBeforeTheEnd() throws Exception {
        Served served = Served.models(SmallModels.slow(folder));
        String request = """
                {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [2]}]}""";
        var models = CompletableFuture.supplyAsync(() -> served.infer("slow", request));
        while (!Served.text(served.get("/metrics")).contains("skerry_requests_in_flight{model=\"slow\"} 1")
                && !models.isDone()) {
            Thread.onSpinWait();
        }
        var live = served.at("/v2/health/live");
        served.agent().close();
        assertThat(models.get().statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> served.send(HttpRequest.newBuilder(live)))
                .isInstanceOf(java.io.UncheckedIOException.class);
        served.close();
    }

    /** Memory that goes away under native code takes the process with it. */
    @Test
    void anInferenceThatOutlastsTheDrainEndsBeforeItsModelIsClosed() throws Exception {
        Listening local = Listening.local();
        var hasty = new Listening(
                local.address(),
                0,
                -1,
                null,
                false,
                local.limits(),
                java.time.Duration.ofMillis(1),
                null,
                local.exportEvery());
        Served served = Served.with(hasty, SmallModels.slow(folder));
        String request = """
                {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [2]}]}""";
        var answer = CompletableFuture.supplyAsync(
                () -> served.infer("slow", request).statusCode());
        while (!Served.text(served.get("/metrics")).contains("skerry_requests_in_flight{model=\"slow\"} 1")
                && !answer.isDone()) {
            Thread.onSpinWait();
        }
        served.close();
        assertThat(answer.handle((status, lost) -> lost != null || status == 200)
                        .join())
                .isTrue();
    }
}
