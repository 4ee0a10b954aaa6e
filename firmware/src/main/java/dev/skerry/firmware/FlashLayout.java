package dev.skerry.firmware;

import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where on a device the bootloader, its state and the two slots lie, and which memory programs have; addresses and bytes. */
public final class FlashLayout {
    /** What a layout says, with the values of QEMU's mps2-an386, whose PSRAM stands in for the flash that is written. */
    public enum Part {
        /** The bootloader's flash. */
        BOOT(0),
        BOOT_BYTES(64 << 10),
        /** Two pages, one after the other, that are erased each as a whole. */
        STATE(0x2100_0000L),
        PAGE_BYTES(4 << 10),
        SLOT_A(0x2101_0000L),
        SLOT_B(0x2109_0000L),
        SLOT_BYTES(512 << 10),
        RAM(0x2000_0000L),
        RAM_BYTES(4 << 20);

        private final long emulated;

        Part(long emulated) {
            this.emulated = emulated;
        }

        /** As it is written: {@code slot-a}. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** All names. */
        public static List<String> labels() {
            return Arrays.stream(values()).map(Part::label).toList();
        }
    }

    /** The board that is emulated. */
    public static final FlashLayout EMULATED = of(Map.of());

    private static final long END = 1L << 32;
    /** A vector table lies behind a header, and must be aligned to its size. */
    private static final int SLOT_ALIGNMENT = 512;

    private static final int STATE_RECORD_BYTES = 80;
    private static final int PACKAGE_OVERHEAD = 512 + 216;
    private static final int STACK_LEAST = 4096;

    private final Map<Part, Long> values;

    private FlashLayout(Map<Part, Long> values) {
        this.values = values;
    }

    /**
     * A layout of one's own; what isn't given is as on the emulated board.
     *
     * @throws dev.skerry.problem.ProblemException {@code firmware.layout} where parts overlap or can't be where they are
     */
    public static FlashLayout of(Map<Part, Long> given) {
        var values = new EnumMap<Part, Long>(Part.class);
        for (Part part : Part.values()) {
            values.put(part, given.getOrDefault(part, part.emulated));
        }
        var layout = new FlashLayout(values);
        layout.requireSound();
        return layout;
    }

    public long at(Part part) {
        return values.getOrDefault(part, 0L);
    }

    public long slot(Slot slot) {
        return at(slot == Slot.A ? Part.SLOT_A : Part.SLOT_B);
    }

    boolean isEmulated() {
        return Arrays.stream(Part.values()).allMatch(part -> at(part) == part.emulated);
    }

    /** As C says it. */
    String header(Target target) {
        return """
                /* Where things lie on the device. */
                #ifndef SKERRY_LAYOUT_H
                #define SKERRY_LAYOUT_H

                #define SKERRY_TARGET "%s"
                #define SKERRY_STATE 0x%08xU
                #define SKERRY_PAGE_BYTES %dU
                #define SKERRY_SLOT_A 0x%08xU
                #define SKERRY_SLOT_B 0x%08xU
                #define SKERRY_SLOT_BYTES %dU

                #endif
                """.formatted(
                        target.label(),
                        at(Part.STATE),
                        at(Part.PAGE_BYTES),
                        at(Part.SLOT_A),
                        at(Part.SLOT_B),
                        at(Part.SLOT_BYTES));
    }

    /** @param what the program is, for a comment */
    String linkerScript(String what, long flash, long flashBytes) {
        return Template.of("boot/link.ld")
                .fill(Map.of(
                        "@WHAT@",
                        what,
                        "@FLASH@",
                        "0x%08x".formatted(flash),
                        "@FLASH_BYTES@",
                        Long.toString(flashBytes),
                        "@RAM@",
                        "0x%08x".formatted(at(Part.RAM)),
                        "@RAM_BYTES@",
                        Long.toString(at(Part.RAM_BYTES))));
    }

    private record Range(String name, long from, long bytes) {}

    private void requireSound() {
        var ranges = new ArrayList<>(List.of(
                new Range("the bootloader", at(Part.BOOT), at(Part.BOOT_BYTES)),
                new Range("the state", at(Part.STATE), 2 * at(Part.PAGE_BYTES)),
                new Range("slot A", at(Part.SLOT_A), at(Part.SLOT_BYTES)),
                new Range("slot B", at(Part.SLOT_B), at(Part.SLOT_BYTES)),
                new Range("RAM", at(Part.RAM), at(Part.RAM_BYTES))));
        for (Part part : Part.values()) {
            if (at(part) < 0 || at(part) >= END || at(part) % 4 != 0) {
                throw unsound(part.label() + " is no multiple of 4 below 2³²");
            }
        }
        if (at(Part.SLOT_A) % SLOT_ALIGNMENT != 0
                || at(Part.SLOT_B) % SLOT_ALIGNMENT != 0
                || at(Part.BOOT) % SLOT_ALIGNMENT != 0) {
            throw unsound("bootloader and slots begin at multiples of " + SLOT_ALIGNMENT);
        }
        if (at(Part.PAGE_BYTES) < STATE_RECORD_BYTES
                || at(Part.SLOT_BYTES) <= PACKAGE_OVERHEAD
                || at(Part.RAM_BYTES) <= STACK_LEAST) {
            throw unsound("a page holds at least %d bytes, a slot more than %d, RAM more than %d"
                    .formatted(STATE_RECORD_BYTES, PACKAGE_OVERHEAD, STACK_LEAST));
        }
        ranges.sort(Comparator.comparingLong(Range::from));
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            long end = range.from + range.bytes;
            if (end > END) {
                throw unsound(range.name + " reaches beyond 2³²");
            }
            if (i + 1 < ranges.size() && end > ranges.get(i + 1).from) {
                throw unsound(range.name + " reaches into " + ranges.get(i + 1).name);
            }
        }
    }

    private static RuntimeException unsound(String why) {
        return Problem.usage("firmware.layout", "memory can't be laid out so")
                .at("--memory")
                .because(why)
                .attempt("addresses and sizes from your device's data sheet")
                .toException();
    }
}
