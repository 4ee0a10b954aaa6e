package dev.skerry.compress;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to get a result again. Digests are {@code sha256:} and hexadecimal digits.
 *
 * @param command what was typed; empty where it was no command
 * @param model of the model's file
 * @param calibration of the calibration samples: their names, labels and values in order
 * @param evaluation of the evaluation samples
 * @param output of the chosen model as one file
 * @param seeds by what draws from them
 * @param versions by what has them
 * @param cpu of the machine that timed
 * @param instructions extensions of that processor's instruction set that integers are chosen by
 */
public record Reproduction(
        String command,
        String model,
        String calibration,
        String evaluation,
        String output,
        Map<String, Long> seeds,
        Map<String, String> versions,
        String cpu,
        List<String> instructions) {
    /** All that anything in a compression draws from. */
    public static final Map<String, Long> SEEDS = Map.of("bootstrap", Judge.SEED);

    public Reproduction {
        seeds = Map.copyOf(seeds);
        versions = Map.copyOf(versions);
        instructions = List.copyOf(instructions);
    }

    Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("command", command);
        json.put("model", model);
        json.put("calibration", calibration);
        json.put("evaluation", evaluation);
        json.put("output", output);
        json.put("seeds", new TreeMap<>(seeds));
        json.put("versions", new TreeMap<>(versions));
        json.put("cpu", cpu);
        json.put("instructions", instructions);
        return json;
    }
}
