package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.List;

/**
 * A board that QEMU emulates.
 *
 * @param name that QEMU gives it
 * @param core what it has
 * @param flash where code and constants go; on some boards it is RAM that plays flash
 * @param ticksPerSecond of the timer that counts there; 0 where it counts instructions
 */
record Machine(Tool emulator, String name, String core, Region flash, Region ram, int ticksPerSecond) {
    private static final Tool ARM = new Tool("qemu-system-arm", "qemu-system-arm");
    private static final Tool RISC_V = new Tool("qemu-system-riscv32", "qemu-system-misc");

    /** BBC micro:bit, the only Armv6-M among them: 256 KB and 16 KB, as on the board. */
    static final Machine MICROBIT = new Machine(
            ARM, "microbit", "Cortex-M0", new Region(0, 256 << 10), new Region(0x2000_0000, 16 << 10), 16_000_000);

    static final Machine AN385 = mps2("mps2-an385", "Cortex-M3");
    static final Machine AN386 = mps2("mps2-an386", "Cortex-M4");
    static final Machine AN500 = mps2("mps2-an500", "Cortex-M7");

    /** It starts in the secure state, whose addresses have 1 in bit 28. */
    static final Machine AN505 = new Machine(
            ARM,
            "mps2-an505",
            "Cortex-M33",
            new Region(0x1000_0000, 4 << 20),
            new Region(0x3800_0000, 2 << 20),
            20_000_000);

    static final Machine AN547 = new Machine(
            ARM, "mps3-an547", "Cortex-M55", new Region(0, 512 << 10), new Region(0x2000_0000, 512 << 10), 32_000_000);

    /** All of it is RAM, parted by us. */
    static final Machine VIRT = new Machine(
            RISC_V, "virt", "RV32", new Region(0x8000_0000, 16 << 20), new Region(0x8100_0000, 16 << 20), 0);

    /** Where memory lies, and how many bytes it has. */
    record Region(int origin, int bytes) {
        boolean holds(long address) {
            long from = Integer.toUnsignedLong(origin);
            return from <= address && address < from + bytes;
        }

        String text() {
            return "ORIGIN = 0x%08x, LENGTH = 0x%x".formatted(origin, bytes);
        }
    }

    private static Machine mps2(String name, String core) {
        return new Machine(ARM, name, core, new Region(0, 4 << 20), new Region(0x2000_0000, 4 << 20), 25_000_000);
    }

    /** As people read it. */
    String board() {
        return name + " (" + core + ")";
    }

    /** How many instructions a tick of the timer is: each takes a nanosecond of the machine's time. */
    double instructionsPerTick() {
        return ticksPerSecond == 0 ? 1 : 1e9 / ticksPerSecond;
    }

    /** Runs a program so that each instruction takes a nanosecond; it may use files of its folder, and says how it ended. */
    List<String> arguments() {
        var arguments = new ArrayList<>(List.of("-M", name));
        if (emulator.equals(RISC_V)) {
            arguments.addAll(List.of("-bios", "none"));
        }
        arguments.addAll(List.of(
                "-nographic",
                "-monitor",
                "none",
                "-serial",
                "none",
                "-semihosting-config",
                "enable=on,target=native",
                "-icount",
                "shift=0",
                "-kernel"));
        return arguments;
    }
}
