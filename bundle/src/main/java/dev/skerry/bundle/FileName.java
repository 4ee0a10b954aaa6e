package dev.skerry.bundle;

import java.util.Locale;
import java.util.SequencedCollection;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which names files in a bundle may have: ones that every file system takes and that lead nowhere else. */
final class FileName {
    private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}");

    private FileName() {}

    /** A problem where a name is unsafe, reserved, or equal to another but for its case. */
    static void requireSafe(SequencedCollection<String> names, String where) {
        var seen = new TreeSet<String>();
        for (String name : names) {
            if (!SAFE.matcher(name).matches() || name.equalsIgnoreCase(BundleManifest.FILE)) {
                throw CanonicalJson.malformed("unsafe file name " + quoted(name), where)
                        .because(
                                "a name has letters, digits and . _ + - only, does not start with a dot or dash, and is not "
                                        + BundleManifest.FILE)
                        .toException();
            }
            if (!seen.add(name.toLowerCase(Locale.ROOT))) {
                throw CanonicalJson.malformed("two files named " + quoted(name), where)
                        .toException();
            }
        }
    }

    /** For messages: control characters, which could forge lines of a terminal, are made visible. */
    static String quoted(String name) {
        var text = new StringBuilder("\"");
        name.codePoints()
                .limit(100)
                .forEach(c -> text.append(c < ' ' || c > '~' ? "\\u%04x".formatted(c) : Character.toString(c)));
        return text.append('"').toString();
    }
}
