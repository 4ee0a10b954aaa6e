package dev.skerry.compress;

import java.util.List;

/**
 * Channels among which some can be removed: those of one layer, or of several whose outputs are added.
 *
 * @param makers layers that make the channels
 * @param readers layers that read them
 * @param units what goes as a whole, by the channel that stands for it: a channel, or a head of an attention
 * @param free the units that may go
 * @param obstacle why others may not; empty where all may
 */
record ChannelGroup(
        List<ChannelFlow.Layer> makers,
        List<ChannelFlow.Layer> readers,
        List<Integer> units,
        List<Integer> free,
        String obstacle) {
    ChannelGroup {
        makers = List.copyOf(makers);
        readers = List.copyOf(readers);
        units = List.copyOf(units);
        free = List.copyOf(free);
    }

    /** How plans and messages call it: the first layer that makes the channels. */
    String name() {
        return makers.isEmpty() ? "" : makers.getFirst().node().label();
    }
}
