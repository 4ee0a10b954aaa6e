package dev.skerry.agent;

import dev.skerry.pipeline.Backoff;
import dev.skerry.pipeline.LiveVideo;
import dev.skerry.pipeline.RetryingSource;
import dev.skerry.pipeline.RtspSpec;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.pipeline.Secret;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/** Pictures of a camera behind a network, decoded by an ffmpeg that is started anew where it ends or gives none. */
final class RtspSource implements NetworkSource {
    private final RetryingSource source;
    private final AtomicLong frames = new AtomicLong();
    private final AtomicLong gaps = new AtomicLong();
    private final AtomicLong outages = new AtomicLong();

    /**
     * @throws dev.skerry.problem.ProblemException where there is no ffmpeg, or the password isn't where it is said to be
     */
    RtspSource(RtspSpec spec, Credentials credentials, RandomGenerator random, LongSupplier nanoTime) {
        this.source = new RetryingSource(
                "rtsp",
                LiveVideo.remote(spec, protocol(spec, LiveVideo.ffmpegVersion()), address(spec, credentials), nanoTime),
                Backoff.usual(random));
    }

    /** Options of the protocol; what they are called depends on the version of ffmpeg. */
    static List<String> protocol(RtspSpec spec, int ffmpegVersion) {
        String micros = String.valueOf(Math.round(spec.timeoutSeconds() * 1e6));
        return List.of(
                "-protocol_whitelist",
                "rtsp,rtp,tcp,udp",
                "-rtsp_transport",
                spec.transport() == RtspSpec.Transport.TCP ? "tcp" : "udp",
                "-allowed_media_types",
                "video",
                ffmpegVersion >= 5 ? "-timeout" : "-stimeout",
                micros);
    }

    /** With user and password, where there are some. */
    static String address(RtspSpec spec, Credentials credentials) {
        String user = spec.user();
        if (user == null) {
            return spec.address();
        }
        Secret password = spec.password();
        String who = encoded(user) + (password == null ? "" : ":" + encoded(credentials.read(password)));
        return "rtsp://" + who + "@" + spec.address().substring("rtsp://".length());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    @Override
    public void start(SampleSink sink) {
        source.start(new Counting(sink));
    }

    @Override
    public Counts counts() {
        return new Counts(frames.get(), 0, 0, gaps.get(), outages.get());
    }

    @Override
    public void close() {
        source.close();
    }

    private final class Counting implements SampleSink {
        private final SampleSink sink;

        Counting(SampleSink sink) {
            this.sink = sink;
        }

        @Override
        public SampleLayout layout() {
            return sink.layout();
        }

        @Override
        public MemorySegment input(int index) {
            return sink.input(index);
        }

        @Override
        public void publish(long capturedNanos, int marks) {
            frames.incrementAndGet();
            if ((marks & GAP) != 0) {
                gaps.incrementAndGet();
            }
            sink.publish(capturedNanos, marks);
        }

        @Override
        public void trouble(Problem problem) {
            outages.incrementAndGet();
            sink.trouble(problem);
        }

        @Override
        public void recovered() {
            sink.recovered();
        }

        @Override
        public void ended() {
            sink.ended();
        }
    }
}
