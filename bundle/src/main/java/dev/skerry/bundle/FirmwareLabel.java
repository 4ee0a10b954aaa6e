package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.regex.Pattern;

/**
 * What a firmware package says of its image, all of it signed.
 *
 * @param target the processor, as {@code compile} names it; at most 16 characters
 * @param slot the address of the slot that the image is linked for; the package's header goes there
 * @param counter against rollback: a device that has confirmed an image refuses images with less
 * @param bundle the bundle that the image's model is from
 */
public record FirmwareLabel(String target, long slot, FirmwareVersion version, long counter, Digest bundle) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9-]{1,16}");
    private static final long LARGEST = 0xffff_ffffL;

    public FirmwareLabel {
        if (!NAME.matcher(target).matches()) {
            throw Problem.usage("package.target", "'" + target + "' is no name for a target")
                    .because("it has up to 16 lower-case letters, digits and dashes")
                    .toException();
        }
        if (counter < 0 || counter > LARGEST) {
            throw Problem.usage("package.counter", "the counter " + counter + " is out of range")
                    .because("it is a number from 0 to " + LARGEST)
                    .toException();
        }
        if (slot < 0 || slot > LARGEST || slot % 4 != 0) {
            throw Problem.usage("package.slot", "no slot can begin at 0x%x".formatted(slot))
                    .because("an address has 32 bits and is a multiple of 4")
                    .toException();
        }
    }

    /** The same for another bundle. */
    public FirmwareLabel withBundle(Digest bundle) {
        return new FirmwareLabel(target, slot, version, counter, bundle);
    }
}
