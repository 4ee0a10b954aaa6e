package dev.skerry.runner;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The child's program: {@code Runner [--attached] PLAN.json}. Decisions of a standard-output action go to standard output, what
 * a parent is told to standard error, the report to the file that the plan names. SIGINT and SIGTERM end it after the cycle at
 * hand, and so does, where it is attached, the end of its standard input: the parent has gone. What comes there are {@link Commands}.
 */
final class Runner {
    /** The log of this JVM's safepoints, where whoever started it has asked for one. */
    static final String SAFEPOINT_LOG = "skerry.safepoints";

    static final String ATTACHED = "--attached";

    /** Of a run that ended because an inference hung: whoever supervises it may start it anew at once. */
    static final int HUNG_CODE = 75;

    private static final long LAST_WORDS_SECONDS = 20;

    private Runner() {}

    public static void main(String[] arguments) {
        // not System.out: nothing else in this process shall find its way into the decisions
        var stdout = new FileOutputStream(FileDescriptor.out);
        var wire = new Wire(new FileOutputStream(FileDescriptor.err));
        untilSignalled(stop -> {
            try {
                run(arguments, stdout, wire, stop);
                return 0;
            } catch (ProblemException e) {
                wire.refusal(e.problem());
                return e.problem().kind().exitCode();
            }
        });
    }

    /** What a process is for; returns its exit code. */
    interface Program {
        int run(StopSignal stop);
    }

    /** Ends the process by the program's exit code; SIGINT and SIGTERM ask the program to end, and then it has some time. */
    static void untilSignalled(Program program) {
        var stop = new StopSignal();
        var exitCode = new AtomicInteger(1);
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.request();
            try {
                ended.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            // a signal asked for the end and got it: that is success
            Runtime.getRuntime().halt(exitCode.get());
        }));
        try {
            int code = program.run(stop);
            if (code == HUNG_CODE) {
                ProcessEnd.now(code);
            }
            exitCode.set(code);
        } finally {
            ended.countDown();
        }
        System.exit(exitCode.get());
    }

    private static int run(String[] arguments, FileOutputStream stdout, Wire wire, StopSignal stop) {
        boolean attached = arguments.length > 1 && arguments[0].equals(ATTACHED);
        if (arguments.length != (attached ? 2 : 1)) {
            throw Problem.usage("run.arguments", "expected a run plan")
                    .attempt("PLAN.json")
                    .toException();
        }
        var commands = new Commands(wire);
        if (attached) {
            Daemon.of("skerry-parent", () -> untilEnd(stop, commands)).start();
        }
        RunPlan plan = PlanFile.read(Path.of(arguments[arguments.length - 1]));
        String log = System.getProperty(SAFEPOINT_LOG);
        // an attached runner's own standard input is the sign that its parent is there; a person pipes into the parent
        Path stdin = Path.of("/proc", attached ? parent() : "self", "fd", "0");
        RunReport report = new Run(
                        plan, stdout, wire, stop, commands, log == null ? null : Path.of(log), stdin, Warmth.FULL)
                .run();
        report.write(plan.report());
        return report.state() == ExitState.HUNG ? HUNG_CODE : 0;
    }

    private static String parent() {
        return ProcessHandle.current()
                .parent()
                .map(process -> Long.toString(process.pid()))
                .orElse("self");
    }

    private static void untilEnd(StopSignal stop, Commands commands) {
        try (var parent = new BufferedReader(
                new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8))) {
            String line;
            while ((line = parent.readLine()) != null) {
                commands.take(line);
            }
        } catch (IOException _) {
            // as good as gone
        }
        stop.request();
    }
}
