package dev.skerry.agent;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What can be asked of the agent from outside, gathered when it is asked. */
final class Metrics {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*(\\d+) kB");
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final Models models;
    private final Bodies bodies;
    private final String version;
    private final double startSeconds;
    private volatile Supplier<List<RunnerStatus>> runners = List::of;

    Metrics(Models models, Bodies bodies, String version, InstantSource clock) {
        this.models = models;
        this.bodies = bodies;
        this.version = version;
        this.startSeconds = clock.millis() / 1e3;
    }

    enum Kind {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    /**
     * Points of one kind.
     *
     * @param name without the suffix that counters have in the text format
     * @param unit by its UCUM name, such as {@code s} and {@code By}; empty where it has none
     */
    record Family(String name, Kind kind, String unit, String help, List<Point> points) {}

    /** One value, or one histogram. */
    record Point(Map<String, String> labels, double value, Histogram.@Nullable Snapshot histogram) {
        static Point of(double value) {
            return new Point(Map.of(), value, null);
        }
    }

    /** Runners that are told of from now on. */
    void tells(Supplier<List<RunnerStatus>> statuses) {
        runners = statuses;
    }

    /** When the agent began, in seconds since 1970. */
    double startSeconds() {
        return startSeconds;
    }

    String version() {
        return version;
    }

    List<Family> families() {
        var families = new ArrayList<Family>();
        families.add(new Family(
                "skerry_requests",
                Kind.COUNTER,
                "",
                "Inference requests that were answered.",
                each(counts -> counts.answered.sum())));
        families.add(failures());
        families.add(histogram(
                "skerry_request_duration", "From the arrival of a request to its outputs.", counts -> counts.whole));
        families.add(histogram("skerry_queue_duration", "Waiting for an instance.", counts -> counts.queue));
        families.add(histogram("skerry_infer_duration", "The inference alone.", counts -> counts.infer));
        families.add(new Family(
                "skerry_requests_in_flight",
                Kind.GAUGE,
                "",
                "Requests that are being answered.",
                each(counts -> counts.inFlight.get())));
        families.add(queued());
        families.add(ready());
        families.add(info());
        families.add(
                gauge("skerry_requests_held", "By", "Bytes of requests that are being answered.", bodies.heldBytes()));
        families.addAll(RunnerMetrics.of(runners.get()));
        process(families);
        return families;
    }

    private interface Reading {
        double of(ModelCounts counts);
    }

    private List<Point> each(Reading reading) {
        return models.names().stream()
                .map(name -> new Point(Map.of("model", name), reading.of(models.counts(name)), null))
                .toList();
    }

    private interface Choice {
        Histogram of(ModelCounts counts);
    }

    private Family histogram(String name, String help, Choice choice) {
        return new Family(
                name,
                Kind.HISTOGRAM,
                "s",
                help,
                models.names().stream()
                        .map(model -> new Point(
                                Map.of("model", model),
                                0,
                                choice.of(models.counts(model)).snapshot()))
                        .toList());
    }

    private Family failures() {
        var points = new ArrayList<Point>();
        for (String model : models.names()) {
            models.counts(model)
                    .failures()
                    .forEach((code, count) ->
                            points.add(new Point(Map.of("model", model, "reason", code), count.sum(), null)));
        }
        models.refused()
                .forEach(
                        (code, count) -> points.add(new Point(Map.of("model", "", "reason", code), count.sum(), null)));
        return new Family(
                "skerry_request_failures",
                Kind.COUNTER,
                "",
                "Requests that got a problem for an answer, by its code.",
                points);
    }

    private Family queued() {
        return new Family(
                "skerry_requests_queued",
                Kind.GAUGE,
                "",
                "Requests that wait for an instance.",
                models.served().entrySet().stream()
                        .map(model -> new Point(
                                Map.of("model", model.getKey()),
                                model.getValue().queued(),
                                null))
                        .toList());
    }

    private Family ready() {
        return new Family(
                "skerry_model_ready",
                Kind.GAUGE,
                "",
                "1 where the model can be asked.",
                models.names().stream()
                        .map(name -> new Point(
                                Map.of("model", name), models.state(name) instanceof ModelState.Ready ? 1 : 0, null))
                        .toList());
    }

    private Family info() {
        return new Family(
                "skerry_model_info",
                Kind.GAUGE,
                "",
                "Always 1; what is served.",
                models.served().values().stream()
                        .map(served -> new Point(
                                Map.of(
                                        "model", served.name(),
                                        "version", served.model().version(),
                                        "platform", served.model().platform(),
                                        "runtime", served.model().runtime()),
                                1,
                                null))
                        .toList());
    }

    private void process(List<Family> families) {
        families.add(gauge("process_start_time", "s", "When the agent began, since 1970.", startSeconds));
        try {
            Matcher resident = RESIDENT.matcher(Files.readString(STATUS));
            if (resident.find()) {
                double bytes = Long.parseLong(resident.group(1)) * 1024.0;
                families.add(gauge("process_resident_memory", "By", "Resident memory.", bytes));
            }
            try (var open = Files.list(DESCRIPTORS)) {
                families.add(gauge("process_open_fds", "", "Open file descriptors.", open.count()));
            }
        } catch (IOException notLinux) {
            // without /proc there is nothing to say
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            families.add(new Family(
                    "process_cpu",
                    Kind.COUNTER,
                    "s",
                    "Processor time.",
                    List.of(Point.of(system.getProcessCpuTime() / 1e9))));
        }
        families.add(gauge(
                "jvm_heap_used",
                "By",
                "Java objects, those that are garbage already among them.",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed()));
    }

    private static Family gauge(String name, String unit, String help, double value) {
        return new Family(name, Kind.GAUGE, unit, help, List.of(Point.of(value)));
    }
}
