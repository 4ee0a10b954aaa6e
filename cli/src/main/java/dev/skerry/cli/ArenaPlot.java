package dev.skerry.cli;

import dev.skerry.firmware.Firmware;
import java.util.List;

/** What lies where in the arena while the layers run one after the other, as inline SVG. */
final class ArenaPlot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 64;
    private static final int RIGHT = 16;
    private static final int TOP = 22;
    private static final int BOTTOM = 36;
    private static final int ROOM_FOR_A_NAME = 70;
    private static final int LINE = 14;

    private ArenaPlot() {}

    static String of(List<Firmware.Place> places, int arenaBytes, int layers) {
        double column = (double) (WIDTH - LEFT - RIGHT) / Math.max(layers, 1);
        double scale = (double) (HEIGHT - TOP - BOTTOM) / Math.max(arenaBytes, 1);
        var svg = new StringBuilder(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>the arena over time</title>".formatted(WIDTH, HEIGHT));
        for (Firmware.Place place : places) {
            double x = LEFT + place.from() * column;
            double wide = (place.to() - place.from() + 1) * column;
            double y = HEIGHT - BOTTOM - (place.offset() + place.bytes()) * scale;
            double tall = place.bytes() * scale;
            boolean isValue = !place.name().isEmpty();
            String told = "%s: %,d bytes from %,d on, layers %d to %d"
                    .formatted(
                            isValue ? place.name() + " (" + place.shape() + ")" : "the layer's own",
                            place.bytes(),
                            place.offset(),
                            place.from() + 1,
                            place.to() + 1);
            svg.append(Plot.rect(
                            x + 0.5,
                            y + 0.5,
                            Math.max(1, wide - 1),
                            Math.max(1, tall - 1),
                            isValue ? "bar held" : "chosen held"))
                    .append(Plot.title(told))
                    .append("</rect>");
            if (wide >= ROOM_FOR_A_NAME && tall >= LINE) {
                svg.append(Plot.label(x + wide / 2, y + tall / 2 + 4, "middle", place.shape()));
            }
        }
        svg.append(Plot.line(LEFT, TOP, WIDTH - RIGHT, TOP, "limit"))
                .append(Plot.label(WIDTH - RIGHT, TOP - 6, "end", "arena: %,d bytes".formatted(arenaBytes)))
                .append(Plot.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
                .append(Plot.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis"));
        for (int step = 0; step <= 4; step++) {
            double y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * step / 4.0;
            svg.append(Plot.label(LEFT - 8, y + 4, "end", "%,d".formatted(Math.round(arenaBytes * step / 4.0))));
        }
        int every = Math.ceilDiv(layers, 16);
        for (int layer = 0; layer < layers; layer += Math.max(1, every)) {
            svg.append(Plot.label(
                    LEFT + (layer + 0.5) * column, HEIGHT - BOTTOM + 16, "middle", Integer.toString(layer + 1)));
        }
        return svg.append(Plot.label(LEFT - 8, HEIGHT - 4, "end", "bytes"))
                .append(Plot.label(WIDTH - RIGHT, HEIGHT - 4, "end", "layer"))
                .append("</svg>")
                .toString();
    }
}
