package dev.skerry.firmware;

/** Layers that bring elements from one order or place to another. */
final class Moves {
    private Moves() {}

    /** Bytes with the channels last to where the graph has them first. */
    static Layer channelsFirst(String name, Buffer from, Buffer to) {
        long area = (long) from.height() * from.width();
        long channels = from.channels();
        return of(
                name,
                "Transpose",
                new Operand.Held(from),
                to,
                new Nest("ijk", channels, area).with(0, 1, channels).with(0, area, 1));
    }

    /** The other way round: {@code to} has the channels last. */
    static Layer channelsLast(String name, Buffer from, Buffer to) {
        long area = (long) to.height() * to.width();
        long channels = to.channels();
        return of(
                name,
                "Transpose",
                new Operand.Held(from),
                to,
                new Nest("ijk", area, channels).with(0, 1, area).with(0, channels, 1));
    }

    static Layer copy(String name, Operand from, Buffer to) {
        return of(
                name,
                "Identity",
                from,
                to,
                new Nest("i", from.elements()).with(0, 1).with(0, 1));
    }

    /** @param nest goes over {@code from} and then {@code to} */
    private static Layer of(String name, String operator, Operand from, Buffer to, Nest nest) {
        var body = new Body();
        body.reads("x", from);
        body.writes("y", to);
        nest.run(body, at -> body.line("y[%s] = x[%s];".formatted(at.get(1), at.get(0))));
        return new Layer.Loops(name, operator, body.parameters(), body.text(), 0, false);
    }
}
