package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search that was interrupted goes on, with the same result, and never from what belongs to another one. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SearchJournalTest {
    @TempDir
    Path folder;

    private static CompressionRequest request() {
        Model model = Samples.model("har-motion/har_cnn1d.onnx");
        return CompressionRequest.of(
                        model,
                        Samples.recorded("har-motion", "calibration", model, 40),
                        Samples.recorded("har-motion", "evaluation", model, 60),
                        Nets.SCHEME,
                        Nets.RUNTIME,
                        System::nanoTime)
                .withTiming(Duration.ZERO);
    }

    /** Ends the search as a signal would, once it has kept a number of parts. */
    private static final class Interrupted implements SearchJournal {
        private final SearchJournal journal;
        private int left;

        Interrupted(SearchJournal journal, int parts) {
            this.journal = journal;
            left = parts;
        }

        @Override
        public Optional<byte[]> recall(String part) {
            return journal.recall(part);
        }

        @Override
        public void keep(String part, byte[] content) {
            if (left-- == 0) {
                throw new IllegalStateException("the power is gone");
            }
            journal.keep(part, content);
        }

        @Override
        public List<Problem> problems() {
            return journal.problems();
        }

        @Override
        public void finished() {
            journal.finished();
        }
    }

    /** Counts what is made afresh. */
    private static final class Counting implements SearchJournal {
        private final SearchJournal journal;
        private final List<String> fresh = new ArrayList<>();

        Counting(SearchJournal journal) {
            this.journal = journal;
        }

        @Override
        public Optional<byte[]> recall(String part) {
            return journal.recall(part);
        }

        @Override
        public void keep(String part, byte[] content) {
            fresh.add(part);
            journal.keep(part, content);
        }

        @Override
        public List<Problem> problems() {
            return journal.problems();
        }

        @Override
        public void finished() {
            journal.finished();
        }

        long made() {
            return fresh.stream().filter(part -> part.startsWith("made ")).count();
        }
    }

    private Path parts() {
        return folder.resolve("out.onnx.search");
    }

    private void interruptAfter(int kept) {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> Compression.run(
                        request(), Progress.NONE, new Interrupted(SearchJournal.in(parts(), "key"), kept)));
    }

    private static Map<String, Object> comparable(CompressionReport report) {
        Map<String, Object> json = report.toJson(null);
        json.remove("effort");
        json.remove("problems");
        return json;
    }

    @Test
    void goesOnWhereItWasWithTheSameResult() {
        var whole = new Counting(SearchJournal.in(folder.resolve("other"), "key"));
        CompressionReport expected = Compression.run(request(), Progress.NONE, whole);
        for (int kept : new int[] {3, (int) whole.made(), whole.fresh.size() - 1}) {
            interruptAfter(kept);
            var rest = new Counting(SearchJournal.in(parts(), "key"));
            CompressionReport report = Compression.run(request(), Progress.NONE, rest);
            assertThat(rest.fresh).hasSize(whole.fresh.size() - kept);
            assertThat(rest.made()).isLessThan(whole.made());
            assertThat(ModelFile.bytes(report.output())).isEqualTo(ModelFile.bytes(expected.output()));
            assertThat(comparable(report)).isEqualTo(comparable(expected));
            assertThat(report.problems()).extracting(Problem::code).contains("compress.resumed");
            rest.finished();
            assertThat(parts()).doesNotExist();
        }
    }

    @Test
    void partsOfAnotherRequestAreNotTaken() {
        interruptAfter(4);
        var other = new Counting(SearchJournal.in(parts(), "another key"));
        CompressionReport report = Compression.run(request(), Progress.NONE, other);
        assertThat(report.problems())
                .extracting(Problem::code)
                .contains("compress.journal")
                .doesNotContain("compress.resumed");
        assertThat(other.fresh).hasSizeGreaterThan(4);
    }

    @Test
    void damagedPartsAreMadeAgain() throws IOException {
        interruptAfter(6);
        int turn = 0;
        try (var files = Files.list(parts())) {
            for (Path file : files.sorted().toList()) {
                byte[] bytes = Files.readAllBytes(file);
                switch (turn++ % 3) {
                    case 0 -> Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
                    case 1 -> Files.write(file, new byte[0]);
                    default -> {
                        bytes[bytes.length - 1] ^= 1;
                        Files.write(file, bytes);
                    }
                }
            }
        }
        CompressionReport report = Compression.run(request(), Progress.NONE, SearchJournal.in(parts(), "key"));
        assertThat(report.problems()).extracting(Problem::code).contains("compress.journal");
        assertThat(comparable(report)).isEqualTo(comparable(Compression.run(request(), Progress.NONE)));
    }

    @Test
    void aJournalThatCanNotBeWrittenIsSaidAndEndsNothing() throws IOException {
        Files.writeString(parts(), "a file where the folder should be");
        CompressionReport report = Compression.run(request(), Progress.NONE, SearchJournal.in(parts(), "key"));
        assertThat(report.problems())
                .filteredOn(problem -> problem.code().equals("compress.journal"))
                .hasSize(1);
        assertThat(Files.readString(parts())).startsWith("a file");
    }

    @Test
    void filesOfOthersStay() throws IOException {
        SearchJournal journal = SearchJournal.in(Files.createDirectories(parts()), "key");
        journal.keep("a", new byte[] {1});
        assertThat(journal.recall("a")).hasValue(new byte[] {1});
        Path theirs = Files.writeString(parts().resolve("notes.txt"), "mine");
        journal.finished();
        try (var files = Files.list(parts())) {
            assertThat(files).containsExactly(theirs);
        }
    }

    @Test
    void phasesAddUpToAllOfIt() {
        var now = new long[1];
        var clock = new PhaseClock(Progress.NONE, () -> now[0] += 10);
        clock.step("a", 0, 2);
        clock.step("a", 1, 2);
        clock.step("b", 0, 1);
        clock.step("a", 2, 2);
        Effort effort = clock.effort(java.util.OptionalLong.of(7));
        assertThat(effort.phases()).extracting(Effort.Phase::name).containsExactly("preparing", "a", "b");
        assertThat(effort.phases().stream().map(Effort.Phase::elapsed).reduce(Duration.ZERO, Duration::plus))
                .isEqualTo(effort.elapsed());
    }
}
