package dev.skerry.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Safepoints of this JVM from its own log ({@code -Xlog:safepoint:file=…:timenanos}), whose instants are those of
 * {@link System#nanoTime}. They stop all threads that run Java code, the loop's among them.
 *
 * @param known false where there is no such log
 * @param pauses all of them, the first first
 * @param collections the ones for garbage collection
 */
record SafepointLog(boolean known, List<Stoppage> pauses, List<Stoppage> collections) {
    static final SafepointLog UNKNOWN = new SafepointLog(false, List.of(), List.of());
    private static final Pattern LINE = Pattern.compile("\\[(\\d+)ns].*Safepoint \"([^\"]+)\".*Total:\\s*(\\d+) ns.*");
    private static final Pattern COLLECTION = Pattern.compile(".*(Collect|GC|Mark|Relocate|Shenandoah|ZGen|Z[A-Z]).*");

    SafepointLog {
        pauses = List.copyOf(pauses);
        collections = List.copyOf(collections);
    }

    /** The option for the JVM that is to be watched; of a run of weeks the latest are kept. */
    static String option(Path file) {
        return "-Xlog:safepoint:file=\"" + file.toAbsolutePath() + "\":timenanos:filecount=1,filesize=4m";
    }

    static SafepointLog read(Path file) {
        try {
            return parse(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
        } catch (IOException _) {
            return UNKNOWN;
        }
    }

    /** The line is written when its safepoint is over. */
    static SafepointLog parse(List<String> lines) {
        var pauses = new ArrayList<Stoppage>();
        var collections = new ArrayList<Stoppage>();
        for (String line : lines) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                long end = Long.parseLong(matcher.group(1));
                long total = Long.parseLong(matcher.group(3));
                var pause = new Stoppage(end - total, end, total);
                pauses.add(pause);
                if (COLLECTION.matcher(matcher.group(2)).matches()) {
                    collections.add(pause);
                }
            }
        }
        return new SafepointLog(true, pauses, collections);
    }

    /** Those that touch a span of time. */
    SafepointLog within(long fromNanos, long toNanos) {
        return new SafepointLog(known, touching(pauses, fromNanos, toNanos), touching(collections, fromNanos, toNanos));
    }

    private static List<Stoppage> touching(List<Stoppage> stoppages, long fromNanos, long toNanos) {
        return stoppages.stream()
                .filter(stoppage -> stoppage.toNanos() > fromNanos && stoppage.fromNanos() < toNanos)
                .toList();
    }
}
