package dev.skerry.cli;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import dev.skerry.project.Release;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import tools.jackson.databind.node.ObjectNode;

/** From a trained model to a decision on time, at the edge. */
@Command(
        name = "skerry",
        description = "From a trained model to a decision on time, at the edge.",
        version = "skerry " + Release.VERSION,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Exit codes: 0 ok, 2 usage, 3 a gate said no, 4 this machine, 5 another machine."})
public final class Skerry implements Runnable {
    /** An error that nobody foresaw, as sysexits.h has it: a defect of Skerry. */
    private static final int DEFECT = 70;

    @CommandLine.Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @CommandLine.Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    @CommandLine.Spec
    CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Skerry() {}

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** Runs one command; the clock and the environment of the process come in here and nowhere else. */
    public static void main(String[] arguments) {
        var context = new Context(Terminal.system(System.getenv()), System::nanoTime, System.getenv());
        int code;
        try {
            code = execute(context, arguments);
        } catch (OutOfMemoryError e) {
            Problem problem = Problem.environment("machine.memory", "the memory for Java objects is used up")
                    .because(String.valueOf(e.getMessage()))
                    .attempt("SKERRY_JAVA_OPTIONS=-Xmx4g, or less at once");
            code = show(context, problem, Arrays.asList(arguments).contains("--json"));
        }
        context.terminal().out().flush();
        context.terminal().err().flush();
        System.exit(code);
    }

    static int execute(Context context, String... arguments) {
        boolean json = Arrays.asList(arguments).contains("--json");
        boolean stacktrace = Arrays.asList(arguments).contains("--stacktrace");
        return commandLine(context)
                .setParameterExceptionHandler((exception, args) -> misused(context, exception, json))
                .setExecutionExceptionHandler(
                        (exception, command, parsed) -> failed(context, exception, json, stacktrace))
                .execute(arguments);
    }

    static CommandLine commandLine(Context context) {
        var line = new CommandLine(new Skerry());
        for (Object command : List.of(
                new DeployCommand(context),
                new InitCommand(context),
                new InspectCommand(context),
                new CompressCommand(context),
                new CompileCommand(context),
                new SelectCommand(context),
                new BenchCommand(context),
                new PackCommand(context),
                new BootloaderCommand(context),
                new VerifyCommand(context),
                new RunCommand(context),
                new AgentCommand(context),
                new DoctorCommand(context))) {
            line.addSubcommand(command);
        }
        line.setHelpFactory(WholeLabels::new);
        line.setOut(new PrintWriter(context.terminal().out(), true, StandardCharsets.UTF_8) {
            @Override
            public void write(String text, int from, int length) {
                super.write(WholeLabels.printed(text), from, length);
            }
        });
        line.setErr(new PrintWriter(context.terminal().err(), true, StandardCharsets.UTF_8));
        line.setUsageHelpAutoWidth(true);
        return line;
    }

    private static int misused(Context context, ParameterException exception, boolean json) {
        CommandLine command = exception.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        Problem problem = Problem.usage(
                        "usage", String.valueOf(exception.getMessage()).replaceFirst("\\.?$", ""))
                .at(name);
        CommandLine refusing = exception instanceof UnmatchedArgumentException ? command : unmatchedIn(command);
        if (refusing != null) {
            command = refusing;
            name = command.getCommandSpec().qualifiedName();
            String word = exception instanceof UnmatchedArgumentException unmatched
                    ? unmatched.getUnmatched().getFirst()
                    : command.getUnmatchedArguments().getFirst();
            var known = new java.util.ArrayList<String>(command.getSubcommands().keySet());
            command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names())));
            problem = Problem.usage(
                            "usage.unknown",
                            "unknown " + (word.startsWith("-") ? "option" : "word") + " '" + word + "'")
                    .at(name);
            var nearest = Suggestion.nearest(word, known);
            if (nearest.isPresent()) {
                problem = problem.attempt(name + " " + nearest.get());
            }
        }
        return show(context, problem.attempt(name + " --help"), json);
    }

    /** A misspelt option is the cause where its right one is missing, and a misspelt command where the one after it lacks something. */
    private static @Nullable CommandLine unmatchedIn(CommandLine command) {
        for (CommandLine at = command; at != null; at = at.getParent()) {
            if (!at.getUnmatchedArguments().isEmpty()) {
                return at;
            }
        }
        return null;
    }

    private static int failed(Context context, Exception exception, boolean json, boolean stacktrace) {
        if (exception instanceof ProblemException expected) {
            return show(context, expected.problem(), json);
        }
        if (stacktrace) {
            exception.printStackTrace(context.terminal().err());
        }
        Problem defect = new Problem(
                "defect",
                Problem.Kind.ENVIRONMENT,
                "Skerry has a defect: " + exception,
                exception.getStackTrace().length > 0 ? exception.getStackTrace()[0].toString() : null,
                null,
                List.of("again with --stacktrace, and report what it prints"));
        show(context, defect, json);
        return DEFECT;
    }

    static int show(Context context, Problem problem, boolean json) {
        if (json) {
            context.printJson(json(problem));
        }
        context.terminal().err().println(ProblemText.render(problem, context.terminal()));
        return problem.kind().exitCode();
    }

    /** A problem as {@code skerry.problem/1}. */
    static ObjectNode json(Problem problem) {
        ObjectNode node = Context.JSON.createObjectNode();
        node.put("schema", "skerry.problem/1")
                .put("code", problem.code())
                .put("exitCode", problem.kind().exitCode())
                .put("what", problem.what())
                .put("where", problem.where())
                .put("why", problem.why());
        problem.remedies().forEach(node.putArray("remedies")::add);
        return node;
    }
}
