package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lines into a stream, each decision's written at once: a process that is killed has lost none that it took. After the first
 * failure all later ones count as lost, since a file with a hole in the middle misleads more than one that ends early.
 */
final class LineAction implements Action {
    /** What a line looks like. */
    enum Form {
        JSON,
        CSV
    }

    private static final int NONE = -1;

    private final String name;
    private final Form form;
    private final OutputStream stream;
    private final boolean owned;
    private final JsonText buffer = new JsonText();
    private long lost;
    private @Nullable Problem problem;
    private boolean closed;

    /** Into a stream that isn't closed at the end, or one of a {@link #file}. */
    LineAction(String name, Form form, OutputStream stream, boolean owned) {
        this.name = name;
        this.form = form;
        this.stream = stream;
        this.owned = owned;
    }

    /**
     * Into a file, which begins with the header where it is a table.
     *
     * @param keep whether what is in it stays, and lines come after it
     */
    static LineAction file(String name, Form form, Path file, boolean keep) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            int last = keep ? lastByte(file) : NONE;
            OutputStream stream = keep
                    ? Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
                    : Files.newOutputStream(file);
            var action = new LineAction(name, form, stream, true);
            if (last == NONE && form == Form.CSV) {
                action.text("cycle,sample,fallback,rank,label,index,score,x0,y0,x1,y1,level\n");
            } else if (last != NONE && last != '\n') {
                // a full disk has cut off the last line
                action.text("\n");
            }
            return action;
        } catch (IOException e) {
            throw Problem.environment("pipeline.action", "the file can't be written")
                    .at(file.toString())
                    .because(cause(e))
                    .attempt("another path")
                    .toException();
        }
    }

    /** Of a file; none of an empty one, and of what is no file. */
    private static int lastByte(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return NONE;
        }
        try (FileChannel channel = FileChannel.open(file)) {
            var one = ByteBuffer.allocate(1);
            return channel.size() > 0 && channel.read(one, channel.size() - 1) == 1 ? one.get(0) : NONE;
        }
    }

    private void text(String text) {
        for (int i = 0; i < text.length(); i++) {
            buffer.raw(text.charAt(i));
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
        if (!write()) {
            lost++;
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

    private boolean write() {
        try {
            stream.write(buffer.bytes(), 0, buffer.length());
            stream.flush();
            return true;
        } catch (IOException e) {
            fail(e);
            return false;
        } finally {
            buffer.clear();
        }
    }

    private void fail(IOException e) {
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
            // the header of a table without rows
            write();
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
