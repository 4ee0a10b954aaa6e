package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TerminalTextTest {
    private final Terminal plain = new Terminal(
            new PrintStream(OutputStream.nullOutputStream()),
            new PrintStream(OutputStream.nullOutputStream()),
            false,
            false);
    private final Terminal coloured = new Terminal(
            new PrintStream(OutputStream.nullOutputStream()),
            new PrintStream(OutputStream.nullOutputStream()),
            true,
            true);

    @Test
    void numbersEndWhereNumbersEnd() {
        String table = new Table("name", "bytes", "status")
                .row("float", "1,024", "ok")
                .row(coloured.styled(Terminal.Style.GOOD, "int8"), "96", "chosen")
                .render("  ");
        assertThat(table.replaceAll("\u001b\\[[0-9;]*m", ""))
                .isEqualTo("  name   bytes  status\n  float  1,024  ok\n  int8      96  chosen\n");
    }

    @Test
    void aProblemSaysWhatWhereWhyAndWhatToTry() {
        Problem problem = Problem.usage("model.truncated", "the file ends early")
                .at("m.onnx")
                .because("a copy was cut off")
                .attempt("copying it again");
        assertThat(ProblemText.render(problem, plain))
                .isEqualTo("error: the file ends early\n  where: m.onnx\n  why:   a copy was cut off\n"
                        + "  try:   copying it again\n  (model.truncated)");
    }

    @Test
    void whatOthersSaidMovesNoCursor() {
        Problem problem = Problem.usage("x", "'\u001b[2J' is no number")
                .at("a\u0007.csv")
                .because("found \u009b31m")
                .attempt("'\u001b]0;title'");
        assertThat(ProblemText.render(problem, plain)).doesNotContainPattern("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]");
    }

    @Test
    void progressTellsTheTimeThatIsLeft() {
        assertThat(ProgressLine.line("calibrating", 25, 100, 2_000_000_000L))
                .isEqualTo("calibrating  ━━━━━━──────────────────  25/100  ~6 s left");
        assertThat(ProgressLine.line("waiting", 0, 0, 0)).isEqualTo("waiting …");
    }

    @Test
    void quantitiesKeepThreeDigits() {
        assertThat(Quantity.bytes(833_836)).isEqualTo("834 kB");
        assertThat(Quantity.bytes(9_875)).isEqualTo("9,875 B");
        assertThat(Quantity.micros(1350)).isEqualTo("1.35 ms");
        assertThat(Quantity.micros(87.25)).isEqualTo("87.3 µs");
        assertThat(Quantity.count(7_490_000)).isEqualTo("7.49 M");
    }

    /** With a narrow terminal everything that can be broken is. */
    @Test
    void labelsInHelpAreWordsAndStayWhole() {
        var context = new Context(plain, System::nanoTime, Map.of());
        CommandLine.Model.CommandSpec all = Skerry.commandLine(context).getCommandSpec();
        for (CommandLine command : all.subcommands().values()) {
            for (int width : List.of(60, 64, 68, 72, 76, 80)) {
                String help = WholeLabels.printed(command.setUsageHelpAutoWidth(false)
                        .setUsageHelpWidth(width)
                        .getUsageMessage());
                assertThat(help).as(command.getCommandName()).doesNotContainPattern("(FILE|KEY|RESULT)\\.\\n");
            }
            command.getCommandSpec().args().stream()
                    .filter(argument -> argument.arity().max() > 0)
                    .map(CommandLine.Model.ArgSpec::paramLabel)
                    .forEach(label -> assertThat(label).doesNotContain("<"));
        }
    }

    @Test
    void plotsEscapeWhatOthersNamed() {
        String svg = Plot.bars(List.of(new Plot.Bar("<script>", 1, 1, 1, "1 & 2", true)), 0, 2);
        assertThat(svg).contains("&lt;script&gt;").contains("1 &amp; 2").doesNotContain("<script>");
    }
}
