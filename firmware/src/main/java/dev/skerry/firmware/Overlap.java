package dev.skerry.firmware;

/** How the output of a layer may lie over an input that nobody needs after it. */
sealed interface Overlap {
    /** Not at all. */
    record Apart() implements Overlap {}

    /** At the same place, byte over byte. */
    record InPlace() implements Overlap {}

    /**
     * The output begins at least so many bytes before the input, so that what is written never reaches what is still to be read.
     *
     * @param slack in bytes; below zero, the output may even begin after the input
     */
    record Ahead(int slack) implements Overlap {}

    Overlap NONE = new Apart();

    /**
     * Of a kernel that goes over the places of its output row by row, some places at a time, each place with all its channels.
     *
     * @param places at a time: all that they need is read before the first is written
     */
    static Overlap ofBlocks(Buffer in, Buffer out, Window window, int places) {
        return ahead(in, out, window, places, true);
    }

    /** The same where writing begins while what the places need is still being read. */
    static Overlap ofMixedBlocks(Buffer in, Buffer out, Window window, int places) {
        return ahead(in, out, window, places, false);
    }

    private static Overlap ahead(Buffer in, Buffer out, Window window, int places, boolean isReadBefore) {
        int count = out.height() * out.width();
        int slack = Integer.MIN_VALUE;
        // from the last block on, the first byte that it and those after it need
        int needed = in.elements();
        for (int from = (count - 1) / places * places; from >= 0; from -= places) {
            int written = Math.min(from + places, count) * out.channels();
            int neededAfter = needed;
            for (int place = from; place < Math.min(from + places, count); place++) {
                needed = Math.min(needed, first(in, out, window, place));
            }
            boolean isLast = from + places >= count;
            if (!isReadBefore || !isLast) {
                slack = Math.max(slack, written - (isReadBefore ? neededAfter : needed));
            }
        }
        return slack == Integer.MIN_VALUE ? new Ahead(-in.elements()) : new Ahead(slack);
    }

    /** The first byte of the input that a place of the output sees. */
    private static int first(Buffer in, Buffer out, Window window, int place) {
        int row = Math.max(0, place / out.width() * window.strideHeight() - window.top());
        int column = Math.max(0, place % out.width() * window.strideWidth() - window.left());
        return (row * in.width() + column) * in.channels();
    }
}
