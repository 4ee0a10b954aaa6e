package dev.skerry.pipeline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The header of a RIFF/WAVE file: PCM of 8 (unsigned), 16, 24 or 32 bits, or IEEE float of 32 bits, plain or extensible.
 *
 * @param rate in Hz
 * @param offset of the first sample in the file, in bytes
 * @param samples per channel
 */
record WavFile(Path file, int rate, int channels, int bits, boolean real, long offset, long samples) {
    private static final int PCM = 1;
    private static final int IEEE_FLOAT = 3;
    private static final int EXTENSIBLE = 0xfffe;

    static WavFile open(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            return parse(file, channel);
        } catch (IOException e) {
            throw SourceProblem.unreadable(file, e).toException();
        }
    }

    private static WavFile parse(Path file, FileChannel channel) throws IOException {
        ByteBuffer riff = read(file, channel, 0, 12);
        if (riff.getInt(0) != tag("RIFF") || riff.getInt(8) != tag("WAVE")) {
            throw SourceProblem.of("the file is not a WAV file", file)
                    .because("it doesn't begin with RIFF … WAVE")
                    .toException();
        }
        ByteBuffer format = null;
        long size = channel.size();
        for (long at = 12; at + 8 <= size; ) {
            ByteBuffer chunk = read(file, channel, at, 8);
            long length = chunk.getInt(4) & 0xffffffffL;
            if (chunk.getInt(0) == tag("fmt ")) {
                format = read(file, channel, at + 8, Math.clamp(length, 16, 40));
            } else if (chunk.getInt(0) == tag("data")) {
                return of(file, format, at + 8, length, size);
            }
            // chunks are padded to an even length
            at += 8 + length + (length & 1);
        }
        throw SourceProblem.of("the file has no samples", file)
                .because("there is no data chunk")
                .toException();
    }

    private static WavFile of(Path file, @Nullable ByteBuffer format, long offset, long length, long size) {
        if (format == null) {
            throw SourceProblem.of("the format of the samples is not told", file)
                    .because("there is no fmt chunk before the data chunk")
                    .toException();
        }
        int kind = format.getShort(0) & 0xffff;
        if (kind == EXTENSIBLE && format.capacity() >= 26) {
            kind = format.getShort(24) & 0xffff;
        }
        int channels = format.getShort(2) & 0xffff;
        int rate = format.getInt(4);
        int bits = format.getShort(14) & 0xffff;
        boolean known = kind == IEEE_FLOAT ? bits == 32 : kind == PCM && bits % 8 == 0 && bits >= 8 && bits <= 32;
        if (!known) {
            throw SourceProblem.of("samples of format " + kind + " with " + bits + " bits aren't supported", file)
                    .attempt("converting the file to 16-bit PCM")
                    .toException();
        }
        if (channels < 1 || channels > 64 || rate < 1) {
            throw SourceProblem.of("the header is damaged: " + channels + " channels at " + rate + " Hz", file)
                    .toException();
        }
        // writers that stream leave the length open
        long there = size - offset;
        boolean open = length == 0 || length == 0xffffffffL;
        if (!open && length > there) {
            throw SourceProblem.of("the file is cut off", file)
                    .because("it claims " + length + " bytes of samples and has " + there)
                    .toException();
        }
        return new WavFile(
                file,
                rate,
                channels,
                bits,
                kind == IEEE_FLOAT,
                offset,
                (open ? there : length) / (channels * bits / 8));
    }

    private static ByteBuffer read(Path file, FileChannel channel, long at, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw SourceProblem.of("the file is cut off", file)
                        .because("its header ends at byte " + channel.size())
                        .toException();
            }
        }
        return buffer;
    }

    private static int tag(String text) {
        return text.charAt(0) | text.charAt(1) << 8 | text.charAt(2) << 16 | text.charAt(3) << 24;
    }

    /** Samples {@code [from, from + count)} in −1…1. */
    float[] read(long from, int count, SourceSpec.Channels which) {
        int width = channels * bits / 8;
        ByteBuffer bytes = ByteBuffer.wrap(
                        RawSource.bytes(file, offset + from * width, Math.multiplyExact(count, width)))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] heard = new float[count];
        for (int i = 0; i < count; i++) {
            int at = i * width;
            heard[i] = switch (which) {
                case LEFT -> sample(bytes, at);
                case RIGHT -> sample(bytes, at + (channels > 1 ? bits / 8 : 0));
                case MIX -> {
                    float sum = 0;
                    for (int channel = 0; channel < channels; channel++) {
                        sum += sample(bytes, at + channel * bits / 8);
                    }
                    yield sum / channels;
                }
            };
        }
        return heard;
    }

    private float sample(ByteBuffer bytes, int at) {
        return switch (bits) {
            case 8 -> ((bytes.get(at) & 0xff) - 128) / 128f;
            case 16 -> bytes.getShort(at) / 0x1p15f;
            case 24 -> ((bytes.get(at) & 0xff) | (bytes.getShort(at + 1) << 8)) / 0x1p23f;
            default -> real ? bytes.getFloat(at) : bytes.getInt(at) / 0x1p31f;
        };
    }
}
