package dev.skerry.firmware;

import java.util.List;
import java.util.Locale;

/** The functions that layers are calls of; each in a file of its own, of which only those that are needed are written. */
enum Kernel {
    CONVOLUTION,
    DEPTHWISE,
    FULLY_CONNECTED,
    ADDITION,
    AVERAGE_POOL,
    MAX_POOL,
    SOFTMAX,
    DSP_CONVOLUTION,
    DSP_DEPTHWISE,
    DSP_FULLY_CONNECTED;

    boolean isDsp() {
        return name().startsWith("DSP_");
    }

    /** Its function in C. */
    String function() {
        return "skerry_" + name().toLowerCase(Locale.ROOT);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** The file that it is in. */
    String file() {
        return name().toLowerCase(Locale.ROOT) + ".c";
    }

    /** The headers that it needs. */
    List<String> headers() {
        return isDsp()
                ? List.of("kernels.h", "dsp_kernels.h", "dsp_rescale.h", "dsp.h")
                : List.of("kernels.h", "fixed_point.h");
    }
}
