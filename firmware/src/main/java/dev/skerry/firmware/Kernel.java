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
    MEAN,
    MAX_POOL,
    SOFTMAX,
    DSP_CONVOLUTION,
    DSP_DEPTHWISE,
    DSP_FULLY_CONNECTED,
    DSP_ADDITION,
    HELIUM_CONVOLUTION,
    HELIUM_DEPTHWISE,
    HELIUM_FULLY_CONNECTED,
    HELIUM_ADDITION;

    /** The header with its declaration. */
    String header() {
        return switch (isa()) {
            case PORTABLE -> "kernels.h";
            case DSP -> "dsp_kernels.h";
            case HELIUM -> "helium_kernels.h";
        };
    }

    private Isa isa() {
        return name().startsWith("DSP_") ? Isa.DSP : name().startsWith("HELIUM_") ? Isa.HELIUM : Isa.PORTABLE;
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
        return switch (isa()) {
            case PORTABLE -> List.of("kernels.h", "window.h", "fixed_point.h");
            case DSP -> List.of("kernels.h", "dsp_kernels.h", "dsp_rescale.h", "dsp.h");
            case HELIUM -> List.of("kernels.h", "helium_kernels.h", "helium.h");
        };
    }
}
