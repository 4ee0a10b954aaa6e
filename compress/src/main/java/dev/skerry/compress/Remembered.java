package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Results of the steps of a search: taken from its journal where they stand there, and otherwise worked out and kept. */
record Remembered(SearchJournal journal) {
    private interface Reader<T> {
        T read(DataInputStream in) throws IOException;
    }

    private interface Writer {
        void write(DataOutputStream out) throws IOException;
    }

    /** @param studied what a recipe that changes nothing gives back */
    Rewritten made(String recipe, Model studied, Supplier<Rewritten> making) {
        String part = "made " + recipe;
        return recall(part, in -> rewritten(in, studied)).orElseGet(() -> {
            Rewritten made = making.get();
            keep(part, out -> write(out, made));
            return made;
        });
    }

    Optional<Screening.Found> screened(String variant) {
        return recall("screened " + variant, in -> new Screening.Found(in.readDouble(), in.readDouble()));
    }

    void screened(String variant, Screening.Found found) {
        keep("screened " + variant, out -> {
            out.writeDouble(found.sqnrDecibel());
            out.writeDouble(found.agreementPercent());
        });
    }

    Sensitivity sensitivity(String technique, Supplier<Sensitivity> measuring) {
        String part = "sensitivity " + technique;
        return recall(part, Remembered::sensitivity).orElseGet(() -> {
            Sensitivity measured = measuring.get();
            keep(part, out -> {
                out.writeInt(measured.layers().size());
                for (Sensitivity.Alone alone : measured.layers()) {
                    text(out, alone.output());
                    text(out, alone.label());
                    text(out, alone.op());
                    out.writeDouble(alone.sqnrDecibel());
                    out.writeLong(alone.weights());
                }
            });
            return measured;
        });
    }

    /** A number that was measured, so that what follows from it is the same when the search goes on. */
    long measured(String what, LongSupplier measuring) {
        String part = "measured " + what;
        return recall(part, DataInputStream::readLong).orElseGet(() -> {
            long value = measuring.getAsLong();
            keep(part, out -> out.writeLong(value));
            return value;
        });
    }

    private <T> Optional<T> recall(String part, Reader<T> reader) {
        return journal.recall(part).flatMap(bytes -> {
            try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
                return Optional.of(reader.read(in));
            } catch (IOException | ProblemException unreadable) {
                return Optional.empty(); // then it is made again
            }
        });
    }

    private void keep(String part, Writer writer) {
        if (journal.equals(SearchJournal.NONE)) {
            return;
        }
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            writer.write(out);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        journal.keep(part, bytes.toByteArray());
    }

    private static void write(DataOutputStream out, Rewritten made) throws IOException {
        Set<String> changed = new TreeSet<>(made.changed());
        out.writeInt(changed.size());
        for (String output : changed) {
            text(out, output);
        }
        out.writeInt(made.integerNodes());
        out.writeInt(made.keptFloat().size());
        for (KeptFloat kept : made.keptFloat()) {
            text(out, kept.node());
            text(out, kept.op());
            text(out, kept.reason());
        }
        if (!changed.isEmpty()) {
            out.write(ModelFile.bytes(made.model()));
        }
    }

    private static Rewritten rewritten(DataInputStream in, Model studied) throws IOException {
        Set<String> changed = new LinkedHashSet<>();
        for (int left = in.readInt(); left > 0; left--) {
            changed.add(text(in));
        }
        int integerNodes = in.readInt();
        List<KeptFloat> kept = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            kept.add(new KeptFloat(text(in), text(in), text(in)));
        }
        Model model = changed.isEmpty() ? studied : ModelFile.parse(in.readAllBytes());
        return new Rewritten(model, changed, integerNodes, kept);
    }

    private static Sensitivity sensitivity(DataInputStream in) throws IOException {
        List<Sensitivity.Alone> layers = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            layers.add(new Sensitivity.Alone(text(in), text(in), text(in), in.readDouble(), in.readLong()));
        }
        return new Sensitivity(layers);
    }

    /** Names may be longer than the 64 KiB of {@code writeUTF}. */
    private static void text(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }
}
