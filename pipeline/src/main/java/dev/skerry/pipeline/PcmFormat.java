package dev.skerry.pipeline;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** How a sound device writes one sample of one channel, little endian. */
public enum PcmFormat {
    S16("S16_LE", 2) {
        @Override
        float sample(ByteBuffer bytes, int at) {
            return bytes.getShort(at) / 0x1p15f;
        }
    },
    S24("S24_3LE", 3) {
        @Override
        float sample(ByteBuffer bytes, int at) {
            return (bytes.getShort(at) & 0xFFFF | bytes.get(at + 2) << 16) / 0x1p23f;
        }
    },
    S32("S32_LE", 4) {
        @Override
        float sample(ByteBuffer bytes, int at) {
            return bytes.getInt(at) / 0x1p31f;
        }
    },
    FLOAT("FLOAT_LE", 4) {
        @Override
        float sample(ByteBuffer bytes, int at) {
            return bytes.getFloat(at);
        }
    };

    private final String alsa;
    private final int bytes;

    PcmFormat(String alsa, int bytes) {
        this.alsa = alsa;
        this.bytes = bytes;
    }

    /** As ALSA calls it. */
    String alsa() {
        return alsa;
    }

    int bytes() {
        return bytes;
    }

    /** A sample, −1 to 1. */
    abstract float sample(ByteBuffer bytes, int at);

    /** What is heard of a frame of several channels. */
    float heard(ByteBuffer bytes, int at, int channels, SourceSpec.Channels which) {
        return switch (which) {
            case LEFT -> sample(bytes, at);
            case RIGHT -> sample(bytes, at + (channels > 1 ? this.bytes : 0));
            case MIX -> {
                float sum = 0;
                for (int i = 0; i < channels; i++) {
                    sum += sample(bytes, at + i * this.bytes);
                }
                yield sum / channels;
            }
        };
    }

    static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
