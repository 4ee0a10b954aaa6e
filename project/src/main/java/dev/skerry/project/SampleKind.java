package dev.skerry.project;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What a path of samples holds, told from the names of its files. */
enum SampleKind {
    IMAGES("images"),
    TENSORS("tensors"),
    WAV("wav"),
    CSV("csv"),
    VIDEO("video");

    private static final List<String> VIDEOS =
            List.of(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mjpeg");

    private final String word;

    SampleKind(String word) {
        this.word = word;
    }

    /** The word of the pipeline's source. */
    String word() {
        return word;
    }

    /**
     * Looks at a file's name, or at those in a folder.
     *
     * @throws dev.skerry.problem.ProblemException {@code project.samples} where the path is missing or of no known kind
     */
    static SampleKind of(Path samples) {
        if (Files.isRegularFile(samples)) {
            return ofName(samples)
                    .orElseThrow(() -> unknown(
                            samples,
                            "its name ends in none of .npz .npy .wav .csv .jpg .png .mp4 .mkv .avi .mov .webm"));
        }
        if (!Files.isDirectory(samples)) {
            throw Problem.usage("project.samples", "there are no samples here")
                    .at(samples.toString())
                    .because("the path does not exist")
                    .toException();
        }
        try (Stream<Path> files = Files.walk(samples, 3)) {
            return files.filter(file -> !file.getFileName().toString().equals("labels.csv"))
                    .map(SampleKind::ofName)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .orElseThrow(() -> unknown(samples, "it holds no JPEG, PNG, WAV, CSV, video, .npy or .npz file"));
        } catch (IOException e) {
            throw unknown(samples, String.valueOf(e.getMessage()));
        }
    }

    private static RuntimeException unknown(Path samples, String why) {
        return Problem.usage("project.samples", "these samples are of no kind that Skerry reads")
                .at(samples.toString())
                .because(why)
                .attempt(
                        "a folder of images, WAV files, a video, a CSV file, or an .npz with the model's inputs by name")
                .toException();
    }

    private static Optional<SampleKind> ofName(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".jpg") || name.endsWith(".jpeg") || name.endsWith(".png")) {
            return Optional.of(IMAGES);
        }
        if (name.endsWith(".npz") || name.endsWith(".npy")) {
            return Optional.of(TENSORS);
        }
        if (name.endsWith(".wav")) {
            return Optional.of(WAV);
        }
        if (VIDEOS.stream().anyMatch(name::endsWith)) {
            return Optional.of(VIDEO);
        }
        return name.endsWith(".csv") ? Optional.of(CSV) : Optional.empty();
    }
}
