package dev.skerry.cli;

import dev.skerry.problem.Problem;

/** A problem as a person sees it on a terminal: what and where first, then why, then what to try. */
final class ProblemText {
    private ProblemText() {}

    static String render(Problem problem, Terminal terminal) {
        var text = new StringBuilder(terminal.styled(Terminal.Style.BAD, "error"));
        text.append(": ").append(printable(problem.what()));
        String where = problem.where();
        if (where != null) {
            text.append("\n  where: ").append(printable(where));
        }
        String why = problem.why();
        if (why != null) {
            text.append("\n  why:   ").append(printable(why));
        }
        for (String remedy : problem.remedies()) {
            text.append("\n  try:   ").append(printable(remedy));
        }
        return text.append("\n  (").append(problem.code()).append(')').toString();
    }

    /** Without what moves the cursor or rings the bell: messages carry what other programs and files said. */
    static String printable(String text) {
        return text.replaceAll("[\\x00-\\x1f\\x7f-\\x9f&&[^\\n\\t]]", "·");
    }
}
