package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Frames over WAV files, one file after the other. State starts anew with each file. */
final class WavSource implements SampleSource {
    private static final int BLOCK = 1 << 16;
    private static final Set<String> ENDINGS = Set.of(".wav");

    private final SourceSpec.Wav spec;
    private final List<FileSet.Entry> entries;
    private final List<WavFile> files;
    private final int frame;
    private final @Nullable Tensor labels;

    private WavSource(
            SourceSpec.Wav spec, List<FileSet.Entry> entries, List<WavFile> files, int frame, @Nullable Tensor labels) {
        this.spec = spec;
        this.entries = entries;
        this.files = files;
        this.frame = frame;
        this.labels = labels;
    }

    static SampleSource open(SourceSpec.Wav spec, Path base, @Nullable Path names) {
        String labels = spec.labels();
        boolean perFrame = labels != null && (labels.endsWith(".npz") || labels.endsWith(".npy"));
        List<FileSet.Entry> entries = entries(spec, base, names);
        var files = new ArrayList<WavFile>();
        for (FileSet.Entry entry : entries) {
            files.add(file(spec, entry.file()));
        }
        int frame = frameSamples(spec, files.getFirst());
        for (WavFile file : files) {
            if (spec.frame() == 0 && file.samples() != frame) {
                throw SourceProblem.of("expected " + frame + " samples, found " + file.samples(), file.file())
                        .because("without 'frame' each file is one frame, and all must have the length of the first")
                        .attempt("frame: N")
                        .toException();
            }
        }
        var source = new WavSource(spec, entries, files, frame, perFrame ? labels(base.resolve(labels)) : null);
        if (source.labels != null && source.labels.elements() != source.size()) {
            throw SourceProblem.of(
                            "expected " + source.size() + " labels, one per frame, found " + source.labels.elements(),
                            base.resolve(String.valueOf(labels)))
                    .toException();
        }
        return source;
    }

    private static List<FileSet.Entry> entries(SourceSpec.Wav spec, Path base, @Nullable Path names) {
        String labels = spec.labels();
        Path csv = labels == null || !labels.endsWith(".csv") ? null : base.resolve(labels);
        return FileSet.of(base.resolve(spec.path()), ENDINGS, csv, names);
    }

    private static Tensor labels(Path path) {
        Tensor labels = path.toString().endsWith(".npy")
                ? TensorFile.readNpy(path)
                : TensorFile.readNpz(path).get("labels");
        if (labels == null || labels.rank() != 1 || !labels.type().name().contains("INT")) {
            throw SourceProblem.of("no 'labels' of whole numbers", path).toException();
        }
        return labels;
    }

    private static WavFile file(SourceSpec.Wav spec, Path path) {
        WavFile file = WavFile.open(path);
        if (spec.rate() > 0 && file.rate() != spec.rate()) {
            throw SourceProblem.of("expected " + spec.rate() + " Hz, found " + file.rate() + " Hz", path)
                    .attempt("resampling the file")
                    .toException();
        }
        if (file.samples() < Math.max(1, spec.frame())) {
            throw SourceProblem.of("the file has " + file.samples() + " samples, a frame needs " + spec.frame(), path)
                    .toException();
        }
        return file;
    }

    static int rate(Path samples) {
        return WavFile.open(FileSet.of(samples, ENDINGS, null, null).getFirst().file())
                .rate();
    }

    /** Samples of one frame, without its context. */
    static int frameSamples(SourceSpec.Wav spec, Path base) {
        Path csv = spec.labels() != null && spec.labels().endsWith(".csv") ? base.resolve(spec.labels()) : null;
        return spec.frame() > 0
                ? spec.frame()
                : frameSamples(
                        spec,
                        WavFile.open(FileSet.of(base.resolve(spec.path()), ENDINGS, csv, null)
                                .getFirst()
                                .file()));
    }

    private static int frameSamples(SourceSpec.Wav spec, WavFile first) {
        if (spec.frame() == 0 && first.samples() > 1 << 26) {
            throw Problem.usage("pipeline.source", "a frame of " + first.samples() + " samples")
                    .at(first.file().toString())
                    .attempt("frame: N")
                    .toException();
        }
        return spec.frame() > 0 ? spec.frame() : (int) first.samples();
    }

    private int hop() {
        return spec.hop() > 0 ? spec.hop() : frame;
    }

    private long frames(WavFile file) {
        return (file.samples() - frame) / hop() + 1;
    }

    @Override
    public long size() {
        return files.stream().mapToLong(this::frames).sum();
    }

    @Override
    public Iterator<Sample> iterator() {
        return new Frames();
    }

    /** Goes through the files with one block of samples in memory. */
    private final class Frames implements Iterator<Sample> {
        private int file;
        private long frameOfFile;
        private long frameOfAll;
        private float[] block = {};
        private long blockStart;

        @Override
        public boolean hasNext() {
            return file < files.size();
        }

        @Override
        public Sample next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            WavFile wav = files.get(file);
            FileSet.Entry entry = entries.get(file);
            long start = frameOfFile * hop();
            float[] samples = new float[spec.context() + frame];
            for (int i = 0; i < samples.length; i++) {
                long at = start - spec.context() + i;
                samples[i] = at < 0 ? 0 : at(wav, at);
            }
            Truth truth = labels == null ? entry.truth() : new Truth.Label((int) labels.longAt(frameOfAll));
            Tensor tensor = Tensor.ofFloats(FrameFormat.INPUT, new long[] {samples.length}, samples);
            String id = frames(wav) == 1 ? entry.id() : entry.id() + "#" + frameOfFile;
            var sample = new Sample(id, Map.of(FrameFormat.INPUT, tensor), truth, frameOfFile == 0);
            frameOfAll++;
            if (++frameOfFile == frames(wav)) {
                frameOfFile = 0;
                file++;
                block = new float[0];
            }
            return sample;
        }

        private float at(WavFile wav, long index) {
            if (index < blockStart || index >= blockStart + block.length) {
                blockStart = Math.max(0, index - spec.context());
                block = wav.read(
                        blockStart,
                        (int) Math.min(Math.max(BLOCK, 2L * (frame + spec.context())), wav.samples() - blockStart),
                        spec.channels());
            }
            return block[(int) (index - blockStart)];
        }
    }
}
