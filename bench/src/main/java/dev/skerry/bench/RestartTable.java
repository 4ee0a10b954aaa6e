package dev.skerry.bench;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.Platform;
import dev.skerry.runner.RunListener;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunnerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A runner is killed with SIGKILL while it decides: how long until the next one has decided, seen from outside by the file
 * that decisions go to. Beside the agent, two runners that this program starts anew at once: what a supervisor adds is the difference.
 */
final class RestartTable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int ROUNDS = 5;
    private static final int RATE_HZ = 100;
    private static final long PATIENCE_NANOS = 120_000_000_000L;
    private static final String DECISIONS = "decisions.jsonl";

    private RestartTable() {}

    /** Whoever keeps a runner, and has one going when it is opened. */
    private interface Keeper {
        long pid() throws IOException, InterruptedException;

        /** After its death. */
        void again() throws IOException, InterruptedException;

        void end() throws InterruptedException;
    }

    private interface Opener {
        Keeper open() throws IOException, InterruptedException;
    }

    private record Row(String name, Opener opener, List<Double> millis) {
        Row(String name, Opener opener) {
            this(name, opener, new ArrayList<>());
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path model = Path.of(arguments[0]).toAbsolutePath();
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : ROUNDS;
        Path work = Files.createTempDirectory("skerry-restart");
        NoiseProject project = NoiseProject.write(work, model, "json-lines: " + DECISIONS);
        Path bundle = project.pack(work.resolve("bundle.tar"));
        Path unpacked = Bundle.open(bundle).unpack(work.resolve("unpacked"));
        Path linked = project.pack(
                work.resolve("linked"),
                "--standalone",
                Platform.here().orElseThrow().id(),
                "--jdk",
                System.getProperty("java.home"));
        var told = new ArrayList<Double>();
        RunPlan plan =
                RunPlan.of(unpacked, project.folder(), RATE_HZ, 0, Duration.ofMillis(10), work.resolve("report.json"));
        var rows = List.of(
                new Row("runner on a JDK", () -> new Plain(plan)),
                new Row("linked folder, class archive", () -> new Linked(linked, project.folder())),
                new Row("runner of an agent", () -> new Supervised(bundle, project, told)));
        for (int round = 0; round < rounds; round++) {
            for (Row row : rows) {
                row.millis.add(kill(row, project.folder().resolve(DECISIONS)));
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-34s %s%n",
                "n " + rounds + ", load "
                        + Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0],
                "kill -9 to the next decision, ms, best/median/max");
        for (Row row : rows) {
            System.out.printf(Locale.ROOT, "%-34s %s%n", row.name, StartTable.spread(row.millis));
        }
        System.out.printf(Locale.ROOT, "%-34s %s%n", "  as the agent says itself", StartTable.spread(told));
        NoiseProject.call(List.of("rm", "-rf", work.toString()), Map.of());
    }

    /** One kill, of a runner that has decided for some seconds. */
    private static double kill(Row row, Path decisions) throws IOException, InterruptedException {
        Files.deleteIfExists(decisions);
        Keeper keeper = row.opener.open();
        try {
            awaitFirst(row, decisions);
            ProcessHandle runner = ProcessHandle.of(keeper.pid()).orElseThrow();
            long begin = System.nanoTime();
            runner.destroyForcibly();
            // what the dying one may still write goes with it; the next one makes the file anew
            Files.delete(decisions);
            keeper.again();
            return (awaitFirst(row, decisions) - begin) / 1e6;
        } finally {
            keeper.end();
        }
    }

    /** When the first decision was in its file, ns. */
    private static long awaitFirst(Row row, Path decisions) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (decisions.toFile().length() == 0) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(row.name + " doesn't decide");
            }
            TimeUnit.MILLISECONDS.sleep(1);
        }
        return System.nanoTime();
    }

    private static final class Plain implements Keeper {
        private final RunPlan plan;
        private RunnerProcess process;

        Plain(RunPlan plan) {
            this.plan = plan;
            this.process = RunnerProcess.start(plan, RunListener.NONE);
        }

        @Override
        public long pid() {
            return process.pid();
        }

        @Override
        public void again() {
            process.close();
            process = RunnerProcess.start(plan, RunListener.NONE);
        }

        @Override
        public void end() {
            process.close();
        }
    }

    /** What a device has: its own JVM, with the classes as a start has left them. */
    private static final class Linked implements Keeper {
        private final List<String> command;
        private Process process;

        Linked(Path folder, Path base) throws IOException {
            this.command = List.of(folder + "/bin/start", "--cycles", "0", "--base", base.toString());
            this.process = start(command).start();
        }

        @Override
        public long pid() {
            return process.pid();
        }

        @Override
        public void again() throws IOException, InterruptedException {
            process.waitFor();
            process = start(command).start();
        }

        @Override
        public void end() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }

    private static ProcessBuilder start(List<String> command) {
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
    }

    /** {@code ./skerry agent}; what it says of its runner comes as events. */
    private static final class Supervised implements Keeper {
        private final Process agent;
        private final List<Double> told;
        private final LinkedBlockingQueue<JsonNode> deciding = new LinkedBlockingQueue<>();

        Supervised(Path bundle, NoiseProject project, List<Double> told) throws IOException {
            this.told = told;
            this.agent = start(List.of(
                            "./skerry",
                            "agent",
                            bundle.toString(),
                            "--base",
                            project.folder().toString(),
                            "--trusted",
                            project.publicKey().toString(),
                            "--port",
                            "0"))
                    .redirectError(ProcessBuilder.Redirect.PIPE)
                    .start();
            Thread.ofPlatform().daemon().start(this::listen);
        }

        private void listen() {
            try (BufferedReader events = agent.errorReader(StandardCharsets.UTF_8)) {
                String line;
                while ((line = events.readLine()) != null) {
                    JsonNode event = line.startsWith("{") ? JSON.readTree(line) : JSON.nullNode();
                    if (event.path("event").asString("").equals("runner-deciding")) {
                        deciding.put(event);
                    }
                }
            } catch (IOException ended) {
                // so has the agent
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public long pid() throws InterruptedException {
            JsonNode event = deciding.poll(PATIENCE_NANOS, TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new IllegalStateException("the agent's runner doesn't decide");
            }
            return event.path("pid").asLong();
        }

        @Override
        public void again() {
            // the agent does
        }

        @Override
        public void end() throws InterruptedException {
            // it says so some tenths of a second after the decision
            JsonNode event = deciding.poll(5, TimeUnit.SECONDS);
            if (event != null) {
                told.add(event.path("restartMillis").asDouble());
            }
            agent.destroy();
            agent.waitFor();
        }
    }
}
