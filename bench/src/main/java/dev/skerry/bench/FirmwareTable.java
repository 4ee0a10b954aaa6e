package dev.skerry.bench;

import dev.skerry.firmware.Cycles;
import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.DeviceRun;
import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.Target;
import dev.skerry.model.ModelFile;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What MLPerf Tiny's models take of devices, beside TensorFlow Lite for Microcontrollers with CMSIS-NN where that was measured: built
 * by the same compiler, with only the operators of the model, those of INT8 alone.
 */
final class FirmwareTable {
    private FirmwareTable() {}

    /** @param ram -1 where it wasn't measured, as {@code stack} */
    private record Peer(String target, String model, long instructions, int flash, int ram, int stack) {}

    public static void main(String[] args) throws IOException {
        Path data = Path.of(args[0]);
        List<String> wanted = List.of(args).subList(1, args.length);
        List<Peer> peers = peers();
        PrintStream out = System.out;
        out.println(
                "| target | model | instructions | ÷ TFLM | ~cycles | flash | ÷ TFLM | RAM | ÷ TFLM | stack (TFLM) |");
        out.println("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        for (Target target : Target.values()) {
            if (target.isDevice() && (wanted.isEmpty() || wanted.contains(target.label()))) {
                for (String model : List.of("kws", "ic", "vww", "ad", "sww")) {
                    out.println(row(data, target, model, peer(peers, target, model)));
                }
            }
        }
    }

    private static String row(Path data, Target target, String model, @Nullable Peer peer) {
        Firmware firmware = Firmware.of(ModelFile.read(data.resolve(model + "_int8.tflite")), model, Map.of(), target);
        String name = "| " + target.label() + " | " + model + " | ";
        try (DeviceBuild build = DeviceBuild.of(firmware)) {
            DeviceBuild.Sizes sizes = build.sizes();
            DeviceRun run = build.run();
            Cycles cycles = run.cycles();
            return name
                    + String.join(
                            " | ",
                            number(run.instructions()),
                            ratio(run.instructions(), peer == null ? -1 : peer.instructions()),
                            cycles == null ? "–" : estimate(cycles),
                            number(sizes.flashBytes()),
                            ratio(sizes.flashBytes(), peer == null ? -1 : peer.flash()),
                            number(sizes.ramBytes()),
                            ratio(sizes.ramBytes(), peer == null ? -1 : peer.ram()),
                            number(sizes.stackBytes())
                                    + (peer == null || peer.stack() < 0 ? "" : " (" + number(peer.stack()) + ")"))
                    + " |";
        } catch (ProblemException refused) {
            return name + refused.problem() + " |";
        }
    }

    private static String estimate(Cycles cycles) {
        String low = "~" + number(cycles.low());
        return cycles.low() == cycles.high() ? low : low + " to " + number(cycles.high());
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String ratio(long ours, long theirs) {
        return theirs < 0 ? "–" : String.format(Locale.ROOT, "%.2f", (double) ours / theirs);
    }

    private static @Nullable Peer peer(List<Peer> peers, Target target, String model) {
        return peers.stream()
                .filter(peer ->
                        peer.target().equals(target.label()) && peer.model().equals(model))
                .findFirst()
                .orElse(null);
    }

    private static List<Peer> peers() throws IOException {
        try (@Nullable InputStream text = FirmwareTable.class.getResourceAsStream("tflm.csv")) {
            if (text == null) {
                throw new IOException("tflm.csv is missing");
            }
            return new String(text.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(FirmwareTable::peer)
                    .toList();
        }
    }

    private static Peer peer(String line) {
        String[] columns = line.split(",", -1);
        int[] sizes = Arrays.stream(columns, 3, 6)
                .mapToInt(size -> size.isEmpty() ? -1 : Integer.parseInt(size))
                .toArray();
        return new Peer(columns[0], columns[1], Long.parseLong(columns[2]), sizes[0], sizes[1], sizes[2]);
    }
}
