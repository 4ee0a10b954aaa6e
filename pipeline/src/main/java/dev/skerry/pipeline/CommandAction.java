package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A program that is started once and reads one JSON line per decision. A thread of its own feeds it, so that a program that
 * reads slowly never holds up the loop: where all {@value #SLOTS} buffers wait, a decision is lost and counted.
 */
final class CommandAction implements Action {
    static final int SLOTS = 256;
    private static final JsonText END = new JsonText();

    private final String name;
    private final Process process;
    private final ArrayBlockingQueue<JsonText> free = new ArrayBlockingQueue<>(SLOTS);
    private final ArrayBlockingQueue<JsonText> waiting = new ArrayBlockingQueue<>(SLOTS + 1);
    private final AtomicLong lost = new AtomicLong();
    private final Thread feeder;
    private volatile @Nullable Problem problem;
    private boolean closed;

    private CommandAction(String name, Process process) {
        this.name = name;
        this.process = process;
        for (int i = 0; i < SLOTS; i++) {
            free.add(new JsonText());
        }
        this.feeder = new Thread(this::feed, "action " + name);
        feeder.setDaemon(true);
    }

    static CommandAction start(List<String> line, Path base) {
        try {
            Process process = new ProcessBuilder(line)
                    .directory(base.toFile())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            var action = new CommandAction(String.join(" ", line), process);
            action.feeder.start();
            return action;
        } catch (IOException e) {
            throw Problem.environment("pipeline.action", "the command can't be started")
                    .at(String.join(" ", line))
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }

    @Override
    public void act(long cycle, String sample, Decision decision, Level level, JsonText line) {
        JsonText slot = closed ? null : free.poll();
        if (slot == null) {
            lost.incrementAndGet();
            if (problem == null && !closed) {
                problem = Problem.environment("pipeline.action", "the command reads more slowly than decisions come")
                        .at(name)
                        .because(SLOTS + " decisions were waiting");
            }
            return;
        }
        slot.clear();
        slot.append(line);
        waiting.add(slot);
    }

    private void feed() {
        try (OutputStream stream = process.getOutputStream()) {
            for (JsonText slot = waiting.take(); slot != END; slot = waiting.take()) {
                write(stream, slot);
                free.add(slot);
            }
        } catch (IOException e) {
            fail(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(OutputStream stream, JsonText slot) {
        try {
            stream.write(slot.bytes(), 0, slot.length());
            stream.flush();
        } catch (IOException e) {
            lost.incrementAndGet();
            fail(e);
        }
    }

    private void fail(IOException e) {
        if (problem == null) {
            problem = Problem.environment("pipeline.action", "the command no longer reads decisions")
                    .at(name)
                    .because(LineAction.cause(e));
        }
    }

    @Override
    public long lost() {
        return lost.get();
    }

    @Override
    public Optional<Problem> problem() {
        return Optional.ofNullable(problem);
    }

    /** Feeds what waits, then gives the program five seconds to end by itself. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        waiting.add(END);
        try {
            if (!feeder.join(java.time.Duration.ofSeconds(5))) {
                lost.addAndGet(waiting.size());
                process.destroy();
            } else if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroy();
            } else if (process.exitValue() != 0 && problem == null) {
                problem = Problem.environment("pipeline.action", "the command ended with " + process.exitValue())
                        .at(name);
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
