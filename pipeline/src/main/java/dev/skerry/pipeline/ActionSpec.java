package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * Into a ring that another process of this machine reads, see {@link RecordRing}.
     *
     * @param path its file, which that process has made
     */
    record Ring(String path) implements ActionSpec {
        @Override
        public String word() {
            return "ring";
        }
    }

    /** Leaves by the network. The process that decides has none, so another one does it, out of a {@link Ring}. */
    sealed interface Network extends ActionSpec {}

    /**
     * One MQTT message per decision.
     *
     * @param qos 0 at most once, 1 at least once, 2 exactly once, as long as both sides stay up
     * @param retain whether the broker keeps the last one for those who come later
     */
    record Mqtt(Broker broker, String topic, int qos, boolean retain) implements Network {
        @Override
        public String word() {
            return "mqtt";
        }
    }

    /**
     * A POST per decision, or per several that wait.
     *
     * @param token sent as {@code Authorization: Bearer …}; null for none
     * @param timeoutSeconds for one request
     * @param batch most decisions of one request: 1 sends JSON, more send JSON lines
     */
    record Http(String url, TlsFiles files, @Nullable Secret token, double timeoutSeconds, int batch)
            implements Network {
        @Override
        public String word() {
            return "http";
        }
    }
}
