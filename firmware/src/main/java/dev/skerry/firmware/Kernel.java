package dev.skerry.firmware;

import java.util.Locale;

/** The functions that layers are calls of; each in a file of its own, of which only those that are needed are written. */
enum Kernel {
    CONVOLUTION,
    DEPTHWISE,
    FULLY_CONNECTED,
    ADDITION,
    AVERAGE_POOL,
    MAX_POOL,
    SOFTMAX;

    static Kernel of(Layer layer) {
        return switch (layer) {
            case Layer.Convolution _ -> CONVOLUTION;
            case Layer.Depthwise _ -> DEPTHWISE;
            case Layer.FullyConnected _ -> FULLY_CONNECTED;
            case Layer.Addition _ -> ADDITION;
            case Layer.AveragePool _ -> AVERAGE_POOL;
            case Layer.MaxPool _ -> MAX_POOL;
            case Layer.Softmax _ -> SOFTMAX;
        };
    }

    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    String file() {
        return name().toLowerCase(Locale.ROOT) + ".c";
    }
}
