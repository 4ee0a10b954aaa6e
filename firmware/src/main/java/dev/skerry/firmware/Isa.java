package dev.skerry.firmware;

/** What kernels may be written with. */
enum Isa {
    /** C99 alone. */
    PORTABLE,
    /** The DSP extension of Armv7E-M and Armv8-M: pairs of 16 bits. */
    DSP,
    /** The M-profile vector extension of Armv8.1-M: 128 bits. */
    HELIUM
}
