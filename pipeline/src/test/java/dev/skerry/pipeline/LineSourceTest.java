package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against real pipes, files and pseudo terminals, with who writes them on the other side. */
@Timeout(60)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class LineSourceTest {
    @TempDir
    Path folder;

    private static void append(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardOpenOption.APPEND);
    }

    @Test
    void aFileThatGrowsIsReadFromItsEndAndWindowsOverlap() throws IOException {
        Path file = folder.resolve("log.csv");
        Files.writeString(file, "t,ax,ay\n0,100,100\n1,100,100\n2,100,");
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"log.csv\", \"columns\": [\"ay\", \"ax\"], \"window\": 3, \"hop\": 2}"),
                folder)) {
            LiveProbe.sleep(50);
            append(file, "-100\n3,1,10\n4,2,2");
            append(file, "0\r\n\n5,3,30\n6,4,40\n");

            List<LiveProbe.Got> got = probe.await(2);
            assertThat(got.get(0).values()).containsExactly(-100, 100, 10, 1, 20, 2);
            assertThat(got.get(0).restart()).isTrue();
            assertThat(got.get(1).values()).containsExactly(20, 2, 30, 3, 40, 4);
            assertThat(got.get(1).marks()).isZero();
        }
    }

    @Test
    void theEndOfALargeFileWithoutEndsOfLinesIsFoundAtOnce() throws IOException {
        Path file = folder.resolve("log.csv");
        Files.writeString(file, "x\n1\n" + "2".repeat(64 << 20));
        long start = System.nanoTime();
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("{\"lines\": \"log.csv\", \"columns\": \"x\"}"), folder)) {
            LiveProbe.sleep(200);
            append(file, "\n7\n");
            assertThat(probe.await(1).getLast().values()).containsExactly(7);
        }
        // a read for each byte takes a minute
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }

    @Test
    void aLogThatIsRotatedIsFollowedToItsSuccessor() throws IOException {
        Path file = folder.resolve("log.csv");
        Files.writeString(file, "x\n1\n2\n");
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"log.csv\", \"columns\": \"x\", \"from\": \"start\"}"), folder)) {
            assertThat(probe.await(2).getLast().values()).containsExactly(2);
            Files.move(file, folder.resolve("log.csv.1"), StandardCopyOption.ATOMIC_MOVE);
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            Files.writeString(file, "x\n7\n");

            LiveProbe.Got first = probe.await(3).getLast();
            assertThat(first.values()).containsExactly(7);
            assertThat(first.restart() && first.gap()).isTrue();
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
            // made shorter in its place
            Files.writeString(file, "");
            LiveProbe.sleep(20);
            append(file, "x\n8\n");
            assertThat(probe.await(4).getLast().values()).containsExactly(8);
        }
    }

    @Test
    void aPipeGivesJsonAndItsWritersComeAndGo() throws IOException {
        Path pipe = LiveProbe.fifo(folder.resolve("pipe"));
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"pipe\", \"columns\": [\"/imu/1\", \"temp\"], \"sequence\": \"n\"}"),
                folder)) {
            for (int writer = 0; writer < 2; writer++) {
                try (OutputStream out = Files.newOutputStream(pipe)) {
                    for (int n = 0; n < 3; n++) {
                        out.write(("{\"n\": " + n + ", \"temp\": " + writer + "." + n + ", \"imu\": [0, " + n + "]}\n")
                                .getBytes(StandardCharsets.UTF_8));
                        out.flush();
                    }
                    out.write("{\"n\": 3, \"te".getBytes(StandardCharsets.UTF_8)); // it dies in the middle of a line
                }
                probe.await(3 * writer + 3);
                probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
                assertThat(probe.ring.trouble()).contains("has gone");
            }
            List<LiveProbe.Got> got = probe.await(6);
            assertThat(got.get(5).values()).containsExactly(2, 1.2f);
            assertThat(got.stream().map(LiveProbe.Got::gap)).containsExactly(false, false, false, true, false, false);
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
        }
    }

    /** One that broke the source had the whole file read again, as if it were new. */
    @Test
    void numbersThatAreTooLargeAreDamagedLines() throws IOException {
        Path file = folder.resolve("log.jsonl");
        Files.writeString(file, "{\"x\": 1}\n");
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"log.jsonl\", \"columns\": \"x\", \"from\": \"start\"}"), folder)) {
            probe.await(1);
            for (String huge : List.of("1e300", "-1e400", "9".repeat(900))) {
                append(file, "{\"x\": " + huge + "}\n");
            }
            append(file, "{\"x\": 2}\n");
            List<LiveProbe.Got> got = probe.await(2);
            assertThat(got.get(1).values()).containsExactly(2);
            assertThat(got.get(1).gap()).isTrue();
            assertThat(probe.ring.trouble()).contains("'x' is no number");
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isZero();
        }
    }

    @Test
    void aSourceThatIsNotThereYetIsWaitedFor() throws IOException {
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("{\"lines\": \"later.csv\", \"columns\": \"x\"}"), folder)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble()).contains("later.csv").contains("no such file or device yet");
            Files.writeString(folder.resolve("later.csv"), "x\n5\n");
            assertThat(probe.await(1).getFirst().values()).containsExactly(5);
        }
    }

    @Test
    void standardInputEnds() throws Exception {
        // what a process leaves in its pipe at its end would be taken by the JVM that started it
        Process writer =
                new ProcessBuilder("sh", "-c", "printf 'x\\n1\\n2\\n'; sleep 0.2; printf '3\\n'; sleep 1").start();
        // the reading end is this process's, as a parent's standard input would be
        Path stdin = readingEnd(Files.readSymbolicLink(Path.of("/proc/" + writer.pid() + "/fd/1")));
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("{\"lines\": \"-\", \"columns\": \"x\"}"), folder, stdin)) {
            assertThat(probe.await(3).stream().map(got -> got.values()[0])).containsExactly(1f, 2f, 3f);
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.ENDED);
            assertThat(probe.ring.trouble()).isNull();
        }
    }

    /** This process's end of a pipe. */
    private static Path readingEnd(Path pipe) throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : open.toList()) {
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).equals(pipe)) {
                    return descriptor;
                }
            }
        }
        throw new AssertionError("no " + pipe);
    }

    @Test
    void aSerialLineIsSetToItsSpeedAndReadRaw() throws Exception {
        // a pseudo terminal is a serial line to who opens it, echo and line editing included
        Process peer = new ProcessBuilder("python3", "-c", """
                import os, pty, sys, time, termios
                master, slave = pty.openpty()
                print(os.ttyname(slave), flush=True)
                sys.stdin.readline()
                while termios.tcgetattr(slave)[4] != termios.B115200: time.sleep(0.01)
                os.write(master, b'1.5,7\\r\\n2.5,8\\r\\n')
                sys.stdin.readline()
                print('echo' if termios.tcgetattr(slave)[3] & termios.ECHO else 'raw', flush=True)
                """)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String device = peer.inputReader().readLine();
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"" + device + "\", \"baud\": 115200, \"header\": [\"a\", \"b\"],"
                        + " \"columns\": [\"b\", \"a\"]}"),
                folder)) {
            peer.outputWriter().append("\n").flush();
            assertThat(probe.await(2).getLast().values()).containsExactly(8, 2.5f);
            peer.outputWriter().append("\n").flush();
            assertThat(peer.inputReader().readLine()).isEqualTo("raw");
            peer.waitFor();
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
        } finally {
            peer.destroyForcibly();
        }
    }

    @Test
    void noWindowSpansAGapByNumberByTimeOrByADamagedLine() throws IOException {
        Path file = folder.resolve("a.csv");
        Files.writeString(file, "");
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("""
                        {"lines": "a.csv", "columns": "x", "window": 2, "hop": 1, "time": "t", "timeUnit": "ms",
                         "sequence": "n", "rate": 100, "from": "start"}"""), folder)) {
            append(file, "n,t,x\n0,0,1\n1,10,2\n3,20,3\n4,30,4\n"); // number 2 is missing
            append(file, "5,50,5\n6,60,6\n"); // 20 ms where 10 are due
            append(file, "7,seven,7\n8,80,8\n9,90,9\n"); // a damaged line
            append(file, "0,0,10\n1,10,11\n"); // the sensor was started again
            List<LiveProbe.Got> got = probe.await(5);
            assertThat(got.stream().map(one -> List.of(one.values()[0], one.values()[1])))
                    .containsExactly(
                            List.of(1f, 2f), List.of(3f, 4f), List.of(5f, 6f), List.of(8f, 9f), List.of(10f, 11f));
            assertThat(got).allMatch(LiveProbe.Got::restart);
            assertThat(probe.ring.count(SampleRing.Counter.GAPS)).isEqualTo(4);
            assertThat(probe.ring.trouble()).contains("'t' is no time").contains("7,seven,7");
        }
    }

    @Test
    void aHeaderWithoutTheColumnNamesTheNearestOne() throws IOException {
        Files.writeString(folder.resolve("a.csv"), "time,temperature\n");
        try (LiveProbe probe =
                LiveProbe.of(LiveProbe.spec("{\"lines\": \"a.csv\", \"columns\": \"temprature\"}"), folder)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble()).contains("no column 'temprature'").contains("'temperature'");
        }
    }

    @Test
    void anyBytesGiveRowsOrRemarksAndNeverEndIt() throws IOException {
        Path file = folder.resolve("fuzz.csv");
        Files.writeString(file, "");
        var random = new SplittableRandom(5);
        try (LiveProbe probe = LiveProbe.of(
                LiveProbe.spec("{\"lines\": \"fuzz.csv\", \"columns\": \"x\", \"header\": [\"x\", \"y\"]}"), folder)) {
            String alphabet = "0123456789,.-eE+\"{}[]:xynulNaIf \r\n\n\n\u00e9;";
            for (int round = 0; round < 200; round++) {
                var text = new StringBuilder();
                for (int i = 0; i < 500; i++) {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                append(file, text.toString());
                if (round % 50 == 0) {
                    byte[] noise = new byte[3000];
                    new java.util.Random(round).nextBytes(noise);
                    Files.write(file, noise, StandardOpenOption.APPEND);
                }
            }
            append(file, "\n41,0\n42,0\n");
            probe.awaitThat(() -> {
                List<LiveProbe.Got> got = probe.await(0);
                return !got.isEmpty() && got.getLast().values()[0] == 42;
            });
            assertThat(probe.await(0)).allMatch(got -> Float.isFinite(got.values()[0]));
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isZero();
        }
    }

    @Test
    void declarationsThatCannotBeAreRefused() {
        for (String wrong : List.of(
                "{\"lines\": \"a\"}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"baud\": 12345}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"maxAge\": 0}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"range\": [2, 1]}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"noise\": -1}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"take\": \"oldest\"}",
                "{\"lines\": \"a\", \"columns\": \"x\", \"widnow\": 3}")) {
            assertThatThrownBy(() -> LiveProbe.spec(wrong)).as(wrong).hasMessageContaining("pipeline.source");
        }
        LiveSpec.Local spec = LiveProbe.spec("{\"lines\": \"a\", \"columns\": \"x\", \"time\": \"t\", \"rate\": 12.5}");
        assertThat(LiveProbe.spec(spec.toJson().toString())).isEqualTo(spec);
    }
}
