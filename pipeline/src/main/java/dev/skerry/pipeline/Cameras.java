package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The cameras of a machine, as its kernel lists them.
 *
 * @param folder of the kernel's list
 */
record Cameras(Path folder) {
    static final Cameras HERE = new Cameras(Path.of("/sys/class/video4linux"));

    /** Devices with their names. */
    List<String> present() {
        try (Stream<Path> devices = Files.list(folder)) {
            return devices.sorted()
                    .map(device -> "/dev/" + device.getFileName() + " (" + name(device) + ")")
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String name(Path device) {
        try {
            return Files.readString(device.resolve("name")).strip();
        } catch (IOException e) {
            return "?";
        }
    }

    /** What went wrong with a camera, with what this machine and the camera offer instead. */
    Problem explain(String device, FramePipe.Ending ending, Ffmpeg ffmpeg) {
        String reason = ending.reason();
        Problem problem = Problem.environment("pipeline.camera", "the camera gives no pictures")
                .at(device)
                .because(reason);
        List<String> present = present();
        if (reason.contains("No such file") || reason.contains("No such device")) {
            return problem.attempt(
                    present.isEmpty()
                            ? "connecting a camera: the kernel lists none in " + folder
                            : "one of " + String.join(", ", present));
        }
        if (reason.contains("Permission denied")) {
            return problem.attempt("adding this user to the group video: usermod -aG video USER");
        }
        if (reason.contains("busy")) {
            return problem.attempt("ending the program that uses it: fuser -v " + device);
        }
        List<String> formats = formats(device, ffmpeg);
        return formats.isEmpty()
                ? problem.attempt("another of " + String.join(", ", present))
                : problem.attempt("format, width and height of what it offers: " + String.join("; ", formats));
    }

    private static List<String> formats(String device, Ffmpeg ffmpeg) {
        return offered(FramePipe.said(
                ffmpeg,
                List.of(
                        "-hide_banner",
                        "-nostdin",
                        "-loglevel",
                        "level+info",
                        "-f",
                        "v4l2",
                        "-list_formats",
                        "all",
                        "-i",
                        device)));
    }

    /** {@code mjpeg 640x480 1280x720} of the lines in which ffmpeg lists what a camera offers. */
    static List<String> offered(List<String> lines) {
        var formats = new ArrayList<String>();
        for (String line : lines) {
            // [video4linux2,v4l2 @ 0x…] [info] Compressed: mjpeg : Motion-JPEG : 640x480 1280x720
            int kind = Math.max(line.indexOf("Compressed:"), line.indexOf("Raw "));
            String[] parts = kind < 0 ? new String[0] : line.substring(kind).split(":");
            if (parts.length > 3) {
                formats.add(parts[1].strip() + " " + parts[parts.length - 1].strip());
            }
        }
        return formats;
    }
}
