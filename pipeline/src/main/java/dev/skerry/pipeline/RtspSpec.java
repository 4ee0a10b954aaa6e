package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * A camera behind a network that speaks RTSP.
 *
 * @param address {@code rtsp://host:port/path}, without a user
 * @param transport of the frames
 * @param timeoutSeconds without a word of the camera after which it is asked anew
 * @param channels 3 for RGB, 1 for gray
 * @param width of a frame, with height; another size is scaled
 * @param stuck equal frames one after another after which the camera is taken to be stuck; 0 for never
 * @param decoder as for videos
 * @param hardware as for videos
 */
public record RtspSpec(
        String address,
        Transport transport,
        double timeoutSeconds,
        @Nullable String user,
        @Nullable Secret password,
        int channels,
        int width,
        int height,
        int stuck,
        @Nullable String decoder,
        @Nullable String hardware,
        Freshness freshness)
        implements NetworkSpec {
    /** How frames come. */
    public enum Transport {
        /** In the connection itself: nothing is lost, and any firewall lets it through. */
        TCP,
        /** In packets of their own: a lost one damages frames, and none waits for it. */
        UDP
    }

    /** What its frames are. */
    public FrameFormat.Image frame() {
        return new FrameFormat.Image(height, width, channels);
    }

    @Override
    public String word() {
        return "rtsp";
    }

    @Override
    public String path() {
        return address;
    }
}
