package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of an image, as MCUboot has it.
 *
 * @param major up to 255, as is minor
 * @param revision up to 65,535
 * @param build up to 4,294,967,295
 */
public record FirmwareVersion(int major, int minor, int revision, long build) implements Comparable<FirmwareVersion> {
    private static final long LARGEST_BUILD = 0xffff_ffffL;
    private static final Pattern FORM =
            Pattern.compile("(\\d{1,3})(?:\\.(\\d{1,3}))?(?:\\.(\\d{1,5}))?(?:\\+(\\d{1,10}))?");
    private static final Comparator<FirmwareVersion> ORDER = Comparator.comparingInt(FirmwareVersion::major)
            .thenComparingInt(FirmwareVersion::minor)
            .thenComparingInt(FirmwareVersion::revision)
            .thenComparingLong(FirmwareVersion::build);

    public FirmwareVersion {
        if (major < 0
                || major > 0xff
                || minor < 0
                || minor > 0xff
                || revision < 0
                || revision > 0xffff
                || build < 0
                || build > LARGEST_BUILD) {
            throw Problem.usage("package.version", "a part of the version is too large")
                    .because("a device holds at most 255.255.65535+4294967295")
                    .attempt("--firmware-version 1.0.0")
                    .toException();
        }
    }

    /**
     * From {@code 1.2.3+4}; what is left out behind is 0.
     *
     * @throws dev.skerry.problem.ProblemException {@code package.version}
     */
    public static FirmwareVersion parse(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw Problem.usage("package.version", "'" + text + "' is no version that a device can compare")
                    .because("expected numbers: MAJOR.MINOR.REVISION+BUILD")
                    .attempt("--firmware-version 1.0.0")
                    .toException();
        }
        return new FirmwareVersion(
                (int) number(parts, 1), (int) number(parts, 2), (int) number(parts, 3), number(parts, 4));
    }

    private static long number(Matcher parts, int group) {
        String digits = parts.group(group);
        return digits == null ? 0 : Long.parseLong(digits);
    }

    @Override
    public int compareTo(FirmwareVersion other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return major + "." + minor + "." + revision + "+" + build;
    }
}
