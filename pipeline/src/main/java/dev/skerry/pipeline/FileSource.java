package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One sample per file, read when its turn comes. */
record FileSource(List<FileSet.Entry> entries, Function<FileSet.Entry, Tensor> read) implements SampleSource {
    @Override
    public long size() {
        return entries.size();
    }

    @Override
    public Iterator<Sample> iterator() {
        return entries.stream()
                .map(entry ->
                        new Sample(entry.id(), Map.of(FrameFormat.INPUT, read.apply(entry)), entry.truth(), false))
                .iterator();
    }
}
