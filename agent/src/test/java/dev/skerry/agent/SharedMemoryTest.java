package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.agent.InferenceRequest.SharedPlace;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors in memory that a client shares. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SharedMemoryTest {
    @TempDir
    Path folder;

    private SharedRegions regions() {
        return new SharedRegions(folder, true, 4);
    }

    private static String code(Runnable attempt) {
        try {
            attempt.run();
            return "";
        } catch (ProblemException e) {
            return e.problem().code();
        }
    }

    @Test
    void keysThatLeadElsewhere() throws IOException {
        Path outside = Files.write(Files.createTempFile("outside", ""), new byte[64]);
        Files.createSymbolicLink(folder.resolve("link"), outside);
        Files.createDirectory(folder.resolve("folder"));
        Files.write(folder.resolve("region"), new byte[64]);
        try (SharedRegions regions = regions()) {
            for (String key : List.of(
                    "../" + outside.getFileName(),
                    "..",
                    ".",
                    "",
                    "/",
                    "//region",
                    outside.toString(),
                    "a/b",
                    "link",
                    "/link",
                    "folder",
                    "region\0",
                    "x".repeat(300),
                    "nothing",
                    "/folder/../region")) {
                assertThat(code(() -> regions.register("r", key, 0, 64)))
                        .as(key)
                        .isEqualTo("serve.shared-memory");
            }
            regions.register("r", "/region", 0, 64);
            assertThat(regions.status("")).hasSize(1);
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void placesThatLie() throws IOException {
        Files.write(folder.resolve("region"), new byte[64]);
        try (SharedRegions regions = regions()) {
            for (long[] place :
                    new long[][] {{0, 65}, {-1, 64}, {64, 1}, {0, 0}, {0, -1}, {Long.MAX_VALUE, 1}, {1, Long.MAX_VALUE}
                    }) {
                assertThat(code(() -> regions.register("r", "region", place[0], place[1])))
                        .isEqualTo("serve.shared-memory");
            }
            regions.register("r", "region", 16, 32);
            MemorySegment eight = MemorySegment.ofArray(new byte[8]);
            regions.read(new SharedPlace("r", 24, 8), eight);
            assertThat(code(() -> regions.read(new SharedPlace("r", 25, 8), eight)))
                    .isEqualTo("serve.shared-memory");
            assertThat(code(() -> regions.read(new SharedPlace("r", Long.MAX_VALUE, 8), eight)))
                    .isEqualTo("serve.shared-memory");
            assertThat(code(() -> regions.read(new SharedPlace("other", 0, 8), eight)))
                    .isEqualTo("serve.region");
            assertThat(code(() -> regions.write(new SharedPlace("r", 0, 4), eight)))
                    .isEqualTo("serve.shared-memory");
            regions.unregister("r");
            assertThat(code(() -> regions.read(new SharedPlace("r", 0, 8), eight)))
                    .isEqualTo("serve.region");
            for (int i = 0; i < 4; i++) {
                regions.register("r" + i, "region", 0, 64);
            }
            assertThat(code(() -> regions.register("r4", "region", 0, 64))).isEqualTo("serve.shared-memory");
        }
    }

    @Test
    void memoryThatIsShortenedAfterItWasRegistered() throws IOException {
        Files.write(folder.resolve("region"), new byte[1 << 20]);
        try (SharedRegions regions = regions()) {
            regions.register("r", "region", 0, 1 << 20);
            try (var file = new RandomAccessFile(folder.resolve("region").toFile(), "rw")) {
                file.setLength(0);
            }
            MemorySegment all = MemorySegment.ofArray(new byte[1 << 20]);
            assertThat(code(() -> regions.read(new SharedPlace("r", 0, 1 << 20), all)))
                    .isEqualTo("serve.shared-memory");
        }
    }

    @Test
    void stringsInARegionThatIsLargerThanAnyRequest() throws IOException {
        Path memory = Path.of("/dev/shm");
        SharedData.require(Files.isWritable(memory), "/dev/shm");
        String key = "skerry-test-sparse-" + ProcessHandle.current().pid();
        Listening local = Listening.local();
        var open = new Listening(
                local.address(), 0, -1, null, true, local.limits(), local.drain(), null, local.exportEvery());
        try (var file = new RandomAccessFile(memory.resolve(key).toFile(), "rw");
                Served served =
                        Served.with(open, SmallModels.mirror(folder, List.of(dev.skerry.model.DataType.STRING)))) {
            file.setLength(3L << 30);
            served.post("/v2/systemsharedmemory/region/r/register", """
                    {"key": "/%s", "offset": 0, "byte_size": %d}""".formatted(key, 3L << 30));
            HttpResponse<byte[]> answer = served.infer("mirror", """
                    {"inputs": [{"name": "in_string", "shape": [2, 2], "datatype": "BYTES", "parameters":
                       {"shared_memory_region": "r", "shared_memory_byte_size": %d}}]}""".formatted(3L << 30));
            assertThat(answer.statusCode()).as(Served.text(answer)).isEqualTo(413);
        } finally {
            Files.deleteIfExists(memory.resolve(key));
        }
    }

    /** A request of some hundred bytes that makes the agent hold millions: what is copied in, what comes out, and the answer. */
    @Test
    void whatIsCopiedAndWhatIsAnsweredCountToo() throws IOException {
        Path memory = Path.of("/dev/shm");
        SharedData.require(Files.isWritable(memory), "/dev/shm");
        String key = "skerry-test-held-" + ProcessHandle.current().pid();
        int rows = 100_000;
        Files.write(memory.resolve(key), new byte[12 * rows]);
        Path model = SmallModels.doubling(folder);
        try {
            for (long limit : new long[] {1_000_000, 2_000_000, 3_000_000, 64_000_000}) {
                try (Served served = Served.with(Served.holding(limit), model)) {
                    served.post("/v2/systemsharedmemory/region/r/register", """
                            {"key": "/%s", "offset": 0, "byte_size": %d}""".formatted(key, 12 * rows));
                    for (boolean binary : new boolean[] {true, false}) {
                        HttpResponse<byte[]> answer = served.infer("doubling", """
                                {"parameters": {"binary_data_output": %s}, "inputs": [{"name": "x", "shape": [%d, 3], "datatype": "FP32",
                                   "parameters": {"shared_memory_region": "r", "shared_memory_byte_size": %d}}]}""".formatted(binary, rows, 12 * rows));
                        assertThat(answer.statusCode())
                                .as(limit + " " + binary)
                                .isEqualTo(limit < 64_000_000 ? 429 : 200);
                    }
                    assertThat(Served.text(served.get("/metrics"))).contains("skerry_requests_held_bytes 0\n");
                    HttpResponse<byte[]> small = served.infer("doubling", """
                            {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}""");
                    assertThat(small.statusCode()).isEqualTo(200);
                }
            }
        } finally {
            Files.deleteIfExists(memory.resolve(key));
        }
    }

    @Test
    void registrationsWhoseNumbersAreNone() throws IOException {
        Path memory = Path.of("/dev/shm");
        SharedData.require(Files.isWritable(memory), "/dev/shm");
        String key = "skerry-test-numbers-" + ProcessHandle.current().pid();
        Files.write(memory.resolve(key), new byte[64]);
        try (Served served = Served.with(Served.holding(1 << 20), SmallModels.doubling(folder))) {
            for (String numbers : List.of(
                    "\"offset\": \"32\", \"byte_size\": 8",
                    "\"offset\": 1e30, \"byte_size\": 8",
                    "\"offset\": 1.5, \"byte_size\": 8",
                    "\"offset\": 99999999999999999999, \"byte_size\": 8",
                    "\"offset\": null, \"byte_size\": 8",
                    "\"offset\": 0, \"byte_size\": \"8\"",
                    "\"offset\": 0, \"byte_size\": true")) {
                HttpResponse<byte[]> answer = served.post(
                        "/v2/systemsharedmemory/region/r/register", "{\"key\": \"/%s\", %s}".formatted(key, numbers));
                assertThat(answer.statusCode()).as(numbers).isEqualTo(400);
                assertThat(Served.error(answer)).contains("expected an integer");
            }
        } finally {
            Files.delete(memory.resolve(key));
        }
    }

    @Test
    void aTensorInAndATensorOut() throws IOException {
        Path memory = Path.of("/dev/shm");
        SharedData.require(Files.isWritable(memory), "/dev/shm");
        String key = "skerry-test-" + ProcessHandle.current().pid();
        ByteBuffer content = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        content.putFloat(16, 1).putFloat(20, 2).putFloat(24, 3);
        Files.write(memory.resolve(key), content.array());
        Listening local = Listening.local();
        var open = new Listening(
                local.address(), 0, -1, null, true, local.limits(), local.drain(), null, local.exportEvery());
        try (Served served = Served.with(open, SmallModels.doubling(folder))) {
            assertThat(Served.text(served.get("/v2"))).contains("system_shared_memory");
            HttpResponse<byte[]> answer = served.post("/v2/systemsharedmemory/region/r/register", """
                    {"key": "/%s", "offset": 0, "byte_size": 64}""".formatted(key));
            assertThat(answer.statusCode()).as(Served.text(answer)).isEqualTo(200);
            assertThat(Served.text(served.get("/v2/systemsharedmemory/status"))).contains("\"byte_size\":64");
            answer = served.infer("doubling", """
                    {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "parameters":
                       {"shared_memory_region": "r", "shared_memory_offset": 16, "shared_memory_byte_size": 12}}],
                     "outputs": [{"name": "y", "parameters":
                       {"shared_memory_region": "r", "shared_memory_offset": 32, "shared_memory_byte_size": 12}}]}""");
            assertThat(answer.statusCode()).as(Served.text(answer)).isEqualTo(200);
            assertThat(Served.json(answer)
                            .path("outputs")
                            .path(0)
                            .path("parameters")
                            .path("shared_memory_region")
                            .asString())
                    .isEqualTo("r");
            ByteBuffer after =
                    ByteBuffer.wrap(Files.readAllBytes(memory.resolve(key))).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(after.getFloat(32)).isEqualTo(2);
            assertThat(after.getFloat(40)).isEqualTo(6);
            assertThat(served.post("/v2/systemsharedmemory/unregister", "").statusCode())
                    .isEqualTo(200);
            assertThat(Served.text(served.get("/v2/systemsharedmemory/status"))).isEqualTo("[]");
        } finally {
            Files.delete(memory.resolve(key));
        }
    }
}
