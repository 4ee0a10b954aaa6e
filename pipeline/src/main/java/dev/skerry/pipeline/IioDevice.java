package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A Linux Industrial I/O device by its folder in sysfs: sets it up to fill its buffer, and knows what the records mean. */
final class IioDevice implements AutoCloseable {
    static final Path DEVICES = Path.of("/sys/bus/iio/devices");
    private static final String TIMESTAMP = "timestamp";
    private static final double STANDARD_GRAVITY = 9.80665;
    /** A rate that is further from the declared one is another rate. */
    private static final double RATE_TOLERANCE = 0.05;

    private final LiveSpec.Imu spec;
    private final Path folder;
    private final List<Field> axes = new ArrayList<>();
    private @Nullable Field timestamp;
    private boolean monotonic;
    private int recordBytes;
    private double rate;

    /**
     * Where a channel is in a record, and what its numbers mean.
     *
     * @param factor of the raw number plus offset, to the declared unit
     */
    record Field(ScanElement element, int at, double offset, double factor) {}

    private IioDevice(LiveSpec.Imu spec, Path folder) {
        this.spec = spec;
        this.folder = folder;
    }

    /**
     * Finds the device, and sets it up; from here on it fills its buffer until this is closed.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.imu} where it lacks what is declared
     */
    static IioDevice open(LiveSpec.Imu spec, Path base) throws IOException {
        var device = new IioDevice(spec, folder(spec, base));
        boolean opened = false;
        try {
            device.setUp();
            opened = true;
            return device;
        } catch (IllegalArgumentException e) {
            throw device.problem(String.valueOf(e.getMessage())).toException();
        } finally {
            if (!opened) {
                device.close();
            }
        }
    }

    private static Path folder(LiveSpec.Imu spec, Path base) throws IOException {
        Path named = base.resolve(spec.path());
        if (Files.isDirectory(named.resolve("scan_elements"))) {
            return named;
        }
        var names = new TreeSet<String>();
        if (Files.isDirectory(DEVICES)) {
            try (DirectoryStream<Path> folders = Files.newDirectoryStream(DEVICES, "iio:device*")) {
                for (Path folder : folders) {
                    String name = Files.exists(folder.resolve("name"))
                            ? Files.readString(folder.resolve("name")).strip()
                            : "";
                    if (spec.path().equals(name) || spec.path().equals(String.valueOf(folder.getFileName()))) {
                        return folder;
                    }
                    names.add(name);
                }
            }
        }
        Problem problem = Problem.environment("pipeline.imu", "there is no such motion sensor")
                .at(spec.path())
                .because(
                        names.isEmpty()
                                ? "this machine shows no Industrial I/O device under " + DEVICES
                                : "there are " + String.join(", ", names));
        throw Suggestion.nearest(spec.path(), names)
                .map(near -> problem.attempt("'" + near + "'"))
                .orElseGet(() -> problem.attempt("the kernel module of the sensor's driver, and its device tree entry"))
                .toException();
    }

    /** The character device that records come from. */
    Path device() {
        return spec.device() == null ? Path.of("/dev").resolve(folder.getFileName()) : Path.of(spec.device());
    }

    private void setUp() throws IOException {
        write("buffer/enable", "0");
        Path scan = folder.resolve("scan_elements");
        var known = new TreeSet<String>();
        try (DirectoryStream<Path> switches = Files.newDirectoryStream(scan, "in_*_en")) {
            for (Path each : switches) {
                String file = String.valueOf(each.getFileName());
                String name = file.substring("in_".length(), file.length() - "_en".length());
                known.add(name);
                write("scan_elements/" + file, spec.axes().contains(name) || name.equals(TIMESTAMP) ? "1" : "0");
            }
        }
        for (String axis : spec.axes()) {
            if (!known.contains(axis)) {
                Problem problem = problem("it has no channel '" + axis + "'");
                throw Suggestion.nearest(axis, known)
                        .map(near -> problem.attempt("'" + near + "'"))
                        .orElseGet(() -> problem.attempt("one of " + String.join(", ", known)))
                        .toException();
            }
        }
        setRate();
        if (spec.trigger() != null) {
            write("trigger/current_trigger", spec.trigger());
        }
        if (Files.exists(folder.resolve("current_timestamp_clock"))) {
            write("current_timestamp_clock", "monotonic");
            monotonic = "monotonic".equals(read("current_timestamp_clock"));
        }
        layOut(known);
        write("buffer/length", Integer.toString(spec.buffer()));
        if (Files.exists(folder.resolve("buffer/watermark"))) {
            write("buffer/watermark", Integer.toString(Math.clamp(spec.hop(), 1, spec.buffer())));
        }
        write("buffer/enable", "1");
    }

    private void setRate() throws IOException {
        String kind = spec.axes().getFirst().replaceFirst("_[xyz]$", "");
        String file = Files.exists(folder.resolve("sampling_frequency"))
                ? "sampling_frequency"
                : "in_" + kind + "_sampling_frequency";
        if (!Files.exists(folder.resolve(file))) {
            rate = spec.rate();
            return;
        }
        if (spec.rate() > 0) {
            try {
                write(file, number(spec.rate()));
            } catch (IOException e) {
                throw rateProblem("it takes no rate of " + number(spec.rate()) + " Hz", file)
                        .toException();
            }
        }
        rate = Double.parseDouble(read(file));
        if (spec.rate() > 0 && Math.abs(rate - spec.rate()) > RATE_TOLERANCE * spec.rate()) {
            throw rateProblem("expected " + number(spec.rate()) + " Hz, found " + number(rate) + " Hz", file)
                    .toException();
        }
    }

    private Problem rateProblem(String what, String file) throws IOException {
        Problem problem = problem(what);
        return Files.exists(folder.resolve(file + "_available"))
                ? problem.attempt("one of " + read(file + "_available"))
                : problem;
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString(Math.round(value)) : Double.toString(value);
    }

    /** As the kernel does (iio_compute_scan_bytes): each at a multiple of its size, the record at one of the largest. */
    private void layOut(Set<String> known) throws IOException {
        var enabled = new ArrayList<ScanElement>();
        for (String name : known) {
            // another process may have switched on what we didn't
            if (read("scan_elements/in_" + name + "_en").equals("1")) {
                enabled.add(ScanElement.of(
                        name,
                        Integer.parseInt(read("scan_elements/in_" + name + "_index")),
                        read("scan_elements/in_" + name + "_type")));
            }
        }
        enabled.sort(Comparator.comparingInt(ScanElement::index));
        var fields = new ArrayList<Field>();
        int at = 0;
        int largest = 1;
        for (ScanElement element : enabled) {
            int bytes = element.bytes();
            at = Math.ceilDiv(at, bytes) * bytes;
            largest = Math.max(largest, bytes);
            fields.add(new Field(element, at, meaning(element.name(), "offset", 0), factor(element.name())));
            at += bytes;
        }
        recordBytes = Math.ceilDiv(at, largest) * largest;
        for (String axis : spec.axes()) {
            axes.add(fields.stream()
                    .filter(field -> field.element.name().equals(axis))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(axis + " can't be switched on")));
        }
        timestamp = fields.stream()
                .filter(field -> field.element.name().equals(TIMESTAMP))
                .findFirst()
                .orElse(null);
    }

    private double factor(String name) throws IOException {
        double scale = name.equals(TIMESTAMP) ? 1 : meaning(name, "scale", 1);
        if (spec.units() == LiveSpec.Units.SI) {
            return scale;
        }
        return name.startsWith("accel")
                ? scale / STANDARD_GRAVITY
                : name.startsWith("anglvel") ? Math.toDegrees(scale) : scale;
    }

    /** Of the channel alone, or of all of its kind. */
    private double meaning(String name, String what, double otherwise) throws IOException {
        for (String file : List.of("in_" + name + "_" + what, "in_" + name.replaceFirst("_[xyz]$", "") + "_" + what)) {
            if (Files.exists(folder.resolve(file))) {
                return Double.parseDouble(read(file));
            }
        }
        return otherwise;
    }

    private String read(String file) throws IOException {
        try {
            return Files.readString(folder.resolve(file)).strip();
        } catch (NoSuchFileException e) {
            throw new IOException(folder.resolve(file) + " is missing");
        }
    }

    private void write(String file, String value) throws IOException {
        Path path = folder.resolve(file);
        try {
            Files.writeString(path, value, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        } catch (java.nio.file.AccessDeniedException e) {
            throw problem(path + " can't be written")
                    .because("setting up a sensor takes the right to write its settings")
                    .attempt("a udev rule that gives them to the group of this user, or root")
                    .toException();
        } catch (NoSuchFileException e) {
            throw new IOException(path + " is missing");
        }
    }

    private Problem problem(String what) {
        return Problem.environment("pipeline.imu", what).at(folder.toString());
    }

    int recordBytes() {
        return recordBytes;
    }

    /** In the order of the declaration. */
    List<Field> axes() {
        return axes;
    }

    /** When a record was taken, in nanoseconds; null where the device doesn't say. */
    @Nullable
    Field timestamp() {
        return timestamp;
    }

    /** Whether timestamps are of CLOCK_MONOTONIC. */
    boolean isMonotonic() {
        return monotonic;
    }

    /** Records in a second; 0 for unknown. */
    double rate() {
        return rate;
    }

    @Override
    public void close() {
        try {
            write("buffer/enable", "0");
        } catch (IOException | dev.skerry.problem.ProblemException _) {
            // the device is gone, or was never ours
        }
    }
}
