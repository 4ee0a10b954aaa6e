package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Windows over sound as it is heard: captured by ALSA's own {@code arecord} in a process of its own, or a WAV file at the pace
 * at which it was recorded.
 */
final class AudioSource implements RetryingSource.Attempt {
    private static final String PROGRAM = "arecord";
    private static final int BLOCK = 1 << 15;
    private static final List<String> CHANNEL = List.of("sound");

    private final LiveSpec.Audio spec;
    private final Path base;
    private final SourceContext context;
    private final Map<String, String> environment;

    AudioSource(LiveSpec.Audio spec, Path base, SourceContext context) {
        this(spec, base, context, Map.of());
    }

    /**
     * As above.
     *
     * @param environment variables of the process that captures
     */
    AudioSource(LiveSpec.Audio spec, Path base, SourceContext context, Map<String, String> environment) {
        this.spec = spec;
        this.base = base;
        this.context = context;
        this.environment = environment;
    }

    @Override
    public boolean deliver(SampleSink sink, RetryingSource.Closing closing) throws IOException, InterruptedException {
        var windows = new LiveWindows(
                sink, new SensorWatch(spec.watch(), CHANNEL), 1, spec.context(), spec.frame(), spec.hop());
        if (spec.isFile()) {
            play(windows, closing);
            return false;
        }
        capture(windows, closing);
        return true;
    }

    private void play(LiveWindows windows, RetryingSource.Closing closing) throws InterruptedException {
        WavFile file = WavFile.open(base.resolve(spec.path()));
        if (file.rate() != spec.rate()) {
            throw wrongRate(file.rate());
        }
        float[] row = new float[1];
        long start = context.nanoTime().getAsLong();
        for (long at = 0; at < file.samples() && !closing.closing(); ) {
            float[] block = file.read(at, (int) Math.min(spec.hop(), file.samples() - at), spec.channels());
            at += block.length;
            // a microphone gives a block when its last sample is there
            long due = start + Math.round(at * 1e9 / spec.rate());
            closing.sleep(Math.max(0, due - context.nanoTime().getAsLong()));
            for (int i = 0; i < block.length; i++) {
                row[0] = block[i];
                windows.row(row, due - Math.round((block.length - 1 - i) * 1e9 / spec.rate()));
            }
        }
    }

    private RuntimeException wrongRate(long found) {
        return Problem.usage("pipeline.audio", "expected " + spec.rate() + " Hz, found " + found + " Hz")
                .at(spec.path())
                .because(
                        "nothing is resampled behind your back: features of another rate are features of another sound")
                .attempt("rate: " + found + ", where the model was trained on it")
                .attempt(spec.isFile() ? "resampling the file" : "resample: true, to let ALSA resample")
                .toException();
    }

    private List<String> command() {
        int period = Math.clamp(spec.hop(), 16, Math.max(16, spec.rate() / 100));
        var command = new java.util.ArrayList<>(List.of(
                PROGRAM,
                "--device=" + spec.path(),
                "--file-type=raw",
                "--format=" + spec.format().alsa(),
                "--rate=" + spec.rate(),
                "--channels=" + spec.deviceChannels(),
                "--period-size=" + period,
                "--buffer-size=" + 16 * period));
        if (!spec.resample()) {
            command.add("--disable-resample");
        }
        return command;
    }

    private void capture(LiveWindows windows, RetryingSource.Closing closing) throws IOException {
        var builder = new ProcessBuilder(command());
        builder.environment().putAll(environment);
        builder.environment().put("LC_ALL", "C");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw Problem.environment("pipeline.audio", "sound can't be captured without " + PROGRAM)
                    .because(String.valueOf(e.getMessage()))
                    .attempt("the package alsa-utils")
                    .toException();
        }
        var said = new CaptureMessages();
        closing.onClosing(process::destroyForcibly);
        Thread listener = Thread.ofPlatform()
                .daemon()
                .name("skerry-audio-messages")
                .start(() -> said.listen(process.errorReader(StandardCharsets.UTF_8), process::destroyForcibly));
        try (InputStream sound = process.getInputStream()) {
            hear(sound, windows, said, closing);
            end(process, listener);
            if (!closing.closing()) {
                int rate = said.otherRate();
                throw rate > 0 ? wrongRate(rate) : gone(said, process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }

    private RuntimeException gone(CaptureMessages said, int exitCode) {
        String message = said.last();
        return Problem.environment("pipeline.audio", "sound is no longer captured")
                .at(spec.path())
                .because(message == null ? PROGRAM + " ended with exit code " + exitCode : message)
                .attempt("one of the devices that '" + PROGRAM + " --list-pcms' names")
                .attempt("the group 'audio' for this user, where it may not open the device")
                .toException();
    }

    private static void end(Process process, Thread listener) throws InterruptedException {
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        listener.join(2_000);
    }

    private void hear(InputStream sound, LiveWindows windows, CaptureMessages said, RetryingSource.Closing closing)
            throws IOException {
        int frame = spec.format().bytes() * spec.deviceChannels();
        byte[] bytes = new byte[BLOCK / frame * frame];
        ByteBuffer buffer = PcmFormat.littleEndian(bytes);
        var clock = new StreamClock(spec.rate());
        double period = 1e9 / spec.rate();
        float[] row = new float[1];
        long frames = 0;
        int overruns = 0;
        int held = 0;
        while (!closing.closing()) {
            int count = sound.read(bytes, held, bytes.length - held);
            if (count < 0) {
                return;
            }
            held += count;
            int whole = held / frame;
            frames += whole;
            if (said.overruns() != overruns) {
                overruns = said.overruns();
                windows.gap();
                clock = new StreamClock(spec.rate());
                frames = whole;
            }
            long captured = clock.captured(frames, context.nanoTime().getAsLong());
            for (int i = 0; i < whole; i++) {
                row[0] = spec.format().heard(buffer, i * frame, spec.deviceChannels(), spec.channels());
                windows.row(row, captured - Math.round((whole - 1 - i) * period));
            }
            System.arraycopy(bytes, whole * frame, bytes, 0, held - whole * frame);
            held -= whole * frame;
        }
    }
}
