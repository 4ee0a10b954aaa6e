package dev.skerry.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/** Layers from the first to the last as inline SVG: how much noise each makes, and how much of the weights it holds. */
final class LayerPlot {
    private static final int WIDTH = 760;
    private static final int ROW = 22;
    private static final int HEAD = 22;
    private static final int LEFT = 216;
    private static final int NOISE = 300;
    private static final int GAP = 74;
    private static final int WEIGHTS = 96;
    private static final int LONGEST_NAME = 30;

    /**
     * @param decibel signal to noise; infinite where there is no noise, negative infinity where it doesn't run
     * @param weights how many it has; 0 leaves the second bar out
     * @param style class of its bar: {@code chosen} where it is compressed, {@code refused} where it stays float
     */
    record Layer(String name, String op, double decibel, long weights, String style) {}

    private LayerPlot() {}

    static String of(List<Layer> layers) {
        double quietest = Math.max(40, finite(layers).max().orElse(40));
        double loudest = Math.min(10, finite(layers).min().orElse(10));
        long most = layers.stream().mapToLong(Layer::weights).max().orElse(0);
        var svg = new StringBuilder(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>layers in the order of the graph</title>"
                        .formatted(WIDTH, HEAD + layers.size() * ROW + 6));
        svg.append(Plot.label(
                LEFT, 13, "start", String.format(Locale.ROOT, "noise → (%.0f dB to %.0f dB)", quietest, loudest)));
        if (most > 0) {
            svg.append(Plot.label(LEFT + NOISE + GAP, 13, "start", "weights"));
        }
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            double y = HEAD + i * ROW;
            double noise = NOISE * Math.clamp((quietest - layer.decibel()) / (quietest - loudest), 0.004, 1);
            String told = layer.name() + " (" + layer.op() + "): " + CompressionText.decibel(layer.decibel());
            svg.append("<g>")
                    .append(Plot.title(
                            told + (layer.weights() > 0 ? ", " + Quantity.count(layer.weights()) + " weights" : "")))
                    .append(Plot.label(LEFT - 8, y + 14, "end", shortened(layer.name())))
                    .append(Plot.rect(LEFT, y + 3, noise, ROW - 7, layer.style()))
                    .append("</rect>")
                    .append(Plot.label(LEFT + noise + 6, y + 14, "start", CompressionText.decibel(layer.decibel())));
            if (layer.weights() > 0) {
                double wide = Math.max(1, (double) WEIGHTS * layer.weights() / most);
                svg.append(Plot.rect(LEFT + NOISE + GAP, y + 6, wide, ROW - 13, "bar"))
                        .append("</rect>")
                        .append(Plot.label(
                                LEFT + NOISE + GAP + wide + 6, y + 14, "start", Quantity.count(layer.weights())));
            }
            svg.append("</g>");
        }
        return svg.append("</svg>").toString();
    }

    private static DoubleStream finite(List<Layer> layers) {
        return layers.stream().mapToDouble(Layer::decibel).filter(Double::isFinite);
    }

    /** The end of a name is what tells it from others. */
    static String shortened(String name) {
        return name.length() <= LONGEST_NAME ? name : "…" + name.substring(name.length() - LONGEST_NAME + 1);
    }
}
