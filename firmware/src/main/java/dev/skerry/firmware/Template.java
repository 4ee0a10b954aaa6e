package dev.skerry.firmware;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file of ours that goes out with the model's, with words in it that stand for what is the model's own. */
record Template(String text) {
    static Template of(String resource) {
        try (@Nullable InputStream stream = Firmware.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is missing");
            }
            return new Template(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Functions begin with the prefix, macros with it in capitals. */
    Template named(String prefix) {
        return new Template(text.replace("PREFIX_", prefix + "_")
                .replace("PREFIX.", prefix + ".")
                .replace("UPPER_", prefix.toUpperCase(Locale.ROOT) + "_"));
    }

    String fill(Map<String, String> words) {
        String filled = text;
        for (Map.Entry<String, String> word : words.entrySet()) {
            filled = filled.replace(word.getKey(), word.getValue());
        }
        return filled;
    }
}
