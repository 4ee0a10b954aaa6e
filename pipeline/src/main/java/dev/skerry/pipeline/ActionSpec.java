package dev.skerry.pipeline;

import java.util.List;

/** What is done with each decision, as declared. Paths are relative to the folder that the run is told. */
public sealed interface ActionSpec {
    /** The word that stands for the action in {@code skerry.yaml}. */
    String word();

    /** One JSON line per decision on standard output. */
    record Stdout() implements ActionSpec {
        @Override
        public String word() {
            return "stdout";
        }
    }

    /** A row per decision. */
    record Csv(String path) implements ActionSpec {
        @Override
        public String word() {
            return "csv";
        }
    }

    /** A JSON object per line and decision. */
    record JsonLines(String path) implements ActionSpec {
        @Override
        public String word() {
            return "json-lines";
        }
    }

    /** A program that is started once and is fed one JSON line per decision on its standard input. */
    record Command(List<String> line) implements ActionSpec {
        public Command {
            line = List.copyOf(line);
        }

        @Override
        public String word() {
            return "command";
        }
    }
}
