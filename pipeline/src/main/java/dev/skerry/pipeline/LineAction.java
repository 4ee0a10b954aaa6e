package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lines into a stream, through a buffer that is written when it is full and at the end. After the first failure the records of
 * the buffer and all later ones count as lost, since a file with a hole in the middle misleads more than one that ends early.
 */
final class LineAction implements Action {
    /** What a line looks like. */
    enum Form {
        JSON,
        CSV
    }

    private static final int LIMIT = 64 << 10;

    private final String name;
    private final Form form;
    private final OutputStream stream;
    private final boolean immediate;
    private final boolean owned;
    private final JsonText buffer = new JsonText();
    private long buffered;
    private long lost;
    private @Nullable Problem problem;
    private boolean closed;

    /**
     * Writes the header of a table.
     *
     * @param immediate whether each record is written at once
     * @param owned whether the stream is closed at the end
     */
    LineAction(String name, Form form, OutputStream stream, boolean immediate, boolean owned) {
        this.name = name;
        this.form = form;
        this.stream = stream;
        this.immediate = immediate;
        this.owned = owned;
        if (form == Form.CSV) {
            for (char c : "cycle,sample,fallback,rank,label,index,score,x0,y0,x1,y1,level\n".toCharArray()) {
                buffer.raw(c);
            }
        }
    }

    static OutputStream create(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            return Files.newOutputStream(file);
        } catch (IOException e) {
            throw Problem.environment("pipeline.action", "the file can't be written")
                    .at(file.toString())
                    .because(cause(e))
                    .attempt("another path")
                    .toException();
        }
    }

    static String cause(IOException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }

    @Override
    public void act(long cycle, String sample, Decision decision, Level level, JsonText line) {
        if (problem != null || closed) {
            lost++;
            return;
        }
        switch (form) {
            case JSON -> buffer.append(line);
            case CSV -> table(cycle, sample, decision, level);
        }
        buffered++;
        if (immediate || buffer.length() >= LIMIT) {
            flush();
        }
    }

    /** A row per entry; one without entry where there is none. */
    private void table(long cycle, String sample, Decision decision, Level level) {
        for (int i = 0; i < Math.max(1, decision.count()); i++) {
            buffer.number(cycle)
                    .raw(',')
                    .field(sample)
                    .raw(',')
                    .bool(level != Level.NOMINAL)
                    .raw(',');
            if (i < decision.count()) {
                buffer.number(i).raw(',').field(decision.label(i)).raw(',').number(decision.index(i));
                buffer.raw(',').number(decision.score(i)).raw(',');
            } else {
                buffer.raw(',').raw(',').raw(',').raw(',');
            }
            boolean box = decision.kind() == Decision.Kind.DETECTIONS && i < decision.count();
            for (int side = 0; side < 4; side++) {
                buffer.comma(side);
                if (box) {
                    buffer.number(decision.box(i, side));
                }
            }
            buffer.raw(',').field(level.label()).raw('\n');
        }
    }

    private void flush() {
        try {
            stream.write(buffer.bytes(), 0, buffer.length());
            stream.flush();
        } catch (IOException e) {
            fail(e);
        }
        buffer.clear();
        buffered = 0;
    }

    private void fail(IOException e) {
        lost += buffered;
        if (problem == null) {
            problem = Problem.environment("pipeline.action", "decisions can't be written")
                    .at(name)
                    .because(cause(e))
                    .attempt("more space, or another path");
        }
    }

    @Override
    public long lost() {
        return lost;
    }

    @Override
    public Optional<Problem> problem() {
        return Optional.ofNullable(problem);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (problem == null) {
            flush();
        }
        if (owned) {
            try {
                stream.close();
            } catch (IOException e) {
                fail(e);
            }
        }
    }
}
