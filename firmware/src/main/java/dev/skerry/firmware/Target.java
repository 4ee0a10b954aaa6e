package dev.skerry.firmware;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What code is made for. */
@SuppressWarnings("ImmutableEnumChecker") // records of words and numbers
public enum Target {
    /** Any compiler, any machine. */
    C99(Isa.PORTABLE, Toolchain.HERE, "", null),
    /** This machine. */
    HOST(Isa.PORTABLE, Toolchain.HERE, "", null),
    CORTEX_M0PLUS(Isa.PORTABLE, Toolchain.ARM, "-mcpu=cortex-m0plus -mthumb -mfloat-abi=soft", Machine.AN385),
    CORTEX_M4(Isa.DSP, Toolchain.ARM, "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16", Machine.AN386),
    CORTEX_M7(Isa.DSP, Toolchain.ARM, "-mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16", Machine.AN500),
    CORTEX_M33(Isa.DSP, Toolchain.ARM, "-mcpu=cortex-m33 -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16", Machine.AN505),
    CORTEX_M55(Isa.HELIUM, Toolchain.ARM, "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard", Machine.AN547),
    /** By its architecture: compilers know its name from GCC 13 on. */
    CORTEX_M85(
            Isa.HELIUM,
            Toolchain.ARM,
            "-march=armv8.1-m.main+dsp+mve.fp+fp.dp -mthumb -mfloat-abi=hard",
            Machine.AN547),
    RV32IMAC(Isa.PORTABLE, Toolchain.RISC_V, "-march=rv32imac -mabi=ilp32", Machine.VIRT),
    RV32IMAFC(Isa.PORTABLE, Toolchain.RISC_V, "-march=rv32imafc -mabi=ilp32f", Machine.VIRT);

    /** Bytes of stack that are left on a small board, beside what else it does. */
    private static final int SMALL_STACK = 1024;

    /** Bytes of code on a small board. */
    private static final int SMALL_CODE = 32 << 10;

    private final Isa isa;
    private final Toolchain toolchain;
    private final String core;
    private final @Nullable Machine machine;

    Target(Isa isa, Toolchain toolchain, String core, @Nullable Machine machine) {
        this.isa = isa;
        this.toolchain = toolchain;
        this.core = core;
        this.machine = machine;
    }

    /** As it is called on the command line: {@code cortex-m4}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it is a device of its own, with start-up code and a board that is emulated. */
    public boolean isDevice() {
        return machine != null;
    }

    Isa isa() {
        return isa;
    }

    Toolchain toolchain() {
        return toolchain;
    }

    /** The compiler's options that say what the core is. */
    String core() {
        return core;
    }

    /** What instructions take there; null where nobody says. */
    @Nullable
    CycleModel cycles() {
        return switch (this) {
            case CORTEX_M0PLUS -> CycleModel.CORTEX_M0PLUS;
            case CORTEX_M4 -> CycleModel.CORTEX_M4;
            case CORTEX_M55 -> CycleModel.CORTEX_M55;
            case C99, HOST, CORTEX_M7, CORTEX_M33, CORTEX_M85, RV32IMAC, RV32IMAFC -> null;
        };
    }

    /**
     * Where it is run: on a small board where all of it fits there. Armv6-M, a part of Armv7-M, goes to a Cortex-M3 otherwise.
     *
     * @throws IllegalStateException of a target that is no device
     */
    Machine machine(int arenaBytes, int constantBytes) {
        if (machine == null) {
            throw new IllegalStateException(label() + " is no device");
        }
        boolean isSmall = arenaBytes + SMALL_STACK <= Machine.MICROBIT.ram().bytes()
                && constantBytes + SMALL_CODE <= Machine.MICROBIT.flash().bytes();
        return this == CORTEX_M0PLUS && isSmall ? Machine.MICROBIT : machine;
    }

    /** Of all that code is made for, by their names. */
    public static List<String> labels() {
        return List.of(values()).stream().map(Target::label).toList();
    }
}
