package dev.skerry.firmware;

import java.nio.file.Path;
import java.util.List;

/**
 * A compiler and what belongs to it.
 *
 * @param prefix of its programs
 * @param library what it is told so that it finds a C library for devices
 * @param start the file in which a device starts
 */
record Toolchain(String prefix, String debian, String library, String start) {
    static final Toolchain HERE = new Toolchain("", "gcc", "", "");
    static final Toolchain ARM = new Toolchain(
            "arm-none-eabi-", "gcc-arm-none-eabi libnewlib-arm-none-eabi", "--specs=nano.specs", "start_cortex_m.c");
    static final Toolchain RISC_V = new Toolchain(
            "riscv64-unknown-elf-",
            "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
            "--specs=picolibc.specs",
            "start_riscv.S");

    Tool compiler() {
        return new Tool(prefix + "gcc", debian);
    }

    Tool disassembler() {
        return new Tool(prefix + "objdump", debian);
    }

    Disassembly disassembled(Path folder, String elf) {
        return Disassembly.of(disassembler()
                .run(folder, List.of("-d", "--no-show-raw-insn", elf))
                .text());
    }
}
