package dev.skerry.compress;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which channels can only be removed together: a disjoint-set forest over all channels that layers make. Channels of one layer
 * have one origin; origins of which channels are tied form a group, within which one has the choice.
 */
final class ChannelTies {
    private final List<Integer> parents = new ArrayList<>();
    private final List<Integer> origins = new ArrayList<>();
    private final List<Integer> originParents = new ArrayList<>();
    private final Map<Integer, String> pins = new HashMap<>();

    /** New channels of one origin. */
    int[] fresh(int count) {
        int origin = originParents.size();
        originParents.add(origin);
        int[] channels = new int[count];
        for (int i = 0; i < count; i++) {
            channels[i] = parents.size();
            parents.add(channels[i]);
            origins.add(origin);
        }
        return channels;
    }

    void tie(int[] some, int[] others) {
        for (int i = 0; i < some.length; i++) {
            tie(some[i], others[i]);
        }
    }

    void tie(int one, int other) {
        int first = Math.min(root(one), root(other));
        int second = Math.max(root(one), root(other));
        if (first != second) {
            parents.set(second, first);
            String reason = pins.remove(second);
            if (reason != null) {
                pins.putIfAbsent(first, reason);
            }
            int origin = rootOrigin(origins.get(first));
            int otherOrigin = rootOrigin(origins.get(second));
            originParents.set(Math.max(origin, otherOrigin), Math.min(origin, otherOrigin));
        }
    }

    /** These channels stay. */
    void pin(int[] channels, String reason) {
        for (int channel : channels) {
            pins.putIfAbsent(root(channel), reason);
        }
    }

    /** The one that stands for all that a channel is tied to. */
    int root(int channel) {
        int at = channel;
        while (parents.get(at) != at) {
            parents.set(at, parents.get(parents.get(at)));
            at = parents.get(at);
        }
        return at;
    }

    Optional<String> pinned(int root) {
        return Optional.ofNullable(pins.get(root));
    }

    /** Roots by group, in the order in which they came up. */
    List<List<Integer>> groups() {
        var groups = new LinkedHashMap<Integer, List<Integer>>();
        for (int channel = 0; channel < parents.size(); channel++) {
            if (root(channel) == channel) {
                groups.computeIfAbsent(rootOrigin(origins.get(channel)), origin -> new ArrayList<>())
                        .add(channel);
            }
        }
        return List.copyOf(groups.values());
    }

    private int rootOrigin(int origin) {
        int at = origin;
        while (originParents.get(at) != at) {
            at = originParents.get(at);
        }
        return at;
    }
}
