package dev.skerry.cli;

import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi.Text;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.IParamLabelRenderer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** Help in which labels such as {@code FILE.html} stay whole: lines are broken at dots, so labels have none until they are printed. */
final class WholeLabels extends Help {
    /** Stands for a dot, and is none to whoever breaks lines: a letter of private use. */
    private static final char DOT = '\uE000';

    WholeLabels(CommandSpec spec, ColorScheme colors) {
        super(spec, colors);
    }

    /** The dots are dots again. */
    static String printed(String help) {
        return help.replace(DOT, '.');
    }

    @Override
    public IParamLabelRenderer parameterLabelRenderer() {
        return whole(super.parameterLabelRenderer());
    }

    @Override
    public IParamLabelRenderer createDefaultParamLabelRenderer() {
        return whole(super.createDefaultParamLabelRenderer());
    }

    private IParamLabelRenderer whole(IParamLabelRenderer labels) {
        return new IParamLabelRenderer() {
            @Override
            public Text renderParameterLabel(ArgSpec argument, Ansi ansi, List<Ansi.IStyle> styles) {
                String plain = labels.renderParameterLabel(argument, Ansi.OFF, List.of())
                        .toString();
                return colorScheme().apply(plain.replace('.', DOT), styles);
            }

            @Override
            public String separator() {
                return labels.separator();
            }
        };
    }
}
