package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/** Windows over what a motion sensor's driver puts into its buffer. */
final class ImuSource implements RetryingSource.Attempt {
    private static final int PATIENCE_MILLIS = 100;
    private static final int RECORDS = 256;

    private final LiveSpec.Imu spec;
    private final Path base;
    private final SourceContext context;

    ImuSource(LiveSpec.Imu spec, Path base, SourceContext context) {
        this.spec = spec;
        this.base = base;
        this.context = context;
    }

    @Override
    public boolean deliver(SampleSink sink, RetryingSource.Closing closing) throws IOException {
        try (IioDevice device = IioDevice.open(spec, base);
                NativeFile file = NativeFile.open(device.device());
                Arena arena = Arena.ofConfined()) {
            int bytes = device.recordBytes();
            MemorySegment buffer = arena.allocate((long) RECORDS * bytes);
            LiveWindows windows = LiveWindows.of(spec, spec.axes(), spec.window(), spec.hop(), sink);
            var gaps = new GapWatch(
                    false,
                    device.timestamp() != null,
                    device.rate() > 0 ? Math.round(1e9 / device.rate()) : 0,
                    Math.round(spec.freshness().maxAgeSeconds() * 1e9));
            float[] row = new float[spec.axes().size()];
            long held = 0;
            while (!closing.closing()) {
                long count = file.read(buffer.asSlice(held), PATIENCE_MILLIS);
                if (count == NativeFile.END) {
                    throw Problem.environment("pipeline.imu", "the motion sensor is gone")
                            .at(device.device().toString())
                            .attempt("a look at its cable, and at the kernel's log (dmesg)")
                            .toException();
                }
                long now = context.nanoTime().getAsLong();
                held += count;
                long at = 0;
                for (; at + bytes <= held; at += bytes) {
                    record(device, buffer, at, row, now, gaps, windows);
                }
                MemorySegment.copy(buffer, at, buffer, 0, held - at);
                held -= at;
            }
            return true;
        }
    }

    private static void record(
            IioDevice device,
            MemorySegment buffer,
            long at,
            float[] row,
            long now,
            GapWatch gaps,
            LiveWindows windows) {
        for (int i = 0; i < row.length; i++) {
            IioDevice.Field field = device.axes().get(i);
            row[i] = (float) ((field.element().raw(buffer, at + field.at()) + field.offset()) * field.factor());
        }
        IioDevice.Field timestamp = device.timestamp();
        long time = timestamp == null ? now : timestamp.element().raw(buffer, at + timestamp.at());
        if (gaps.gap(0, time, now)) {
            windows.gap();
        }
        windows.row(row, timestamp != null && device.isMonotonic() ? Math.min(time, now) : now);
    }
}
