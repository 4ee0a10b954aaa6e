package dev.skerry.firmware;

import java.util.List;
import java.util.stream.Collectors;

/** The side of the generated code that a program on a host loads: what {@code library.h} declares. */
final class LibrarySource {
    private LibrarySource() {}

    static String of(Program program, String digest) {
        String prefix = program.prefix();
        return """
                /* The model as a shared library. */
                #include "library.h"

                #include "PREFIX.h"

                static skerry_end inputs[] = {INPUTS};
                static skerry_end outputs[] = {OUTPUTS};

                int32_t skerry_host_abi(void) { return SKERRY_HOST_ABI; }

                const char *skerry_host_model(void) { return "DIGEST"; }

                void skerry_host_init(void) {
                    PREFIX_init();
                MEMORY}

                int32_t skerry_host_inputs(void) { return (int32_t)(sizeof inputs / sizeof inputs[0]); }

                int32_t skerry_host_outputs(void) { return (int32_t)(sizeof outputs / sizeof outputs[0]); }

                const skerry_end *skerry_host_input(int32_t index) { return &inputs[index]; }

                const skerry_end *skerry_host_output(int32_t index) { return &outputs[index]; }

                void skerry_host_invoke(void) { PREFIX_invoke(); }
                """.replace("INPUTS", fields(program.inputs()))
                .replace("OUTPUTS", fields(program.outputs()))
                .replace("DIGEST", digest)
                .replace("MEMORY", memory("input", program.inputs()) + memory("output", program.outputs()))
                .replace("PREFIX", prefix);
    }

    private static String fields(List<Port> ports) {
        return ports.stream().map(port -> "{0, " + fields(port) + "}").collect(Collectors.joining(", "));
    }

    /** Where its numbers stand for themselves, its scale is written as 0. */
    private static String fields(Port port) {
        boolean isPlain = port.grid().equals(Grid.PLAIN);
        return "%d, %d, %s, %d"
                .formatted(
                        port.buffer().bytes(),
                        port.buffer().type().code(),
                        isPlain ? "0.0f" : Float.toHexString(port.grid().scale()) + "f",
                        isPlain ? 0 : port.grid().zero());
    }

    private static String memory(String kind, List<Port> ports) {
        var lines = new StringBuilder();
        for (int i = 0; i < ports.size(); i++) {
            // an output is constant to others, and the caller here promises to only read it
            lines.append("    %ss[%d].memory = (void *)PREFIX_%s();\n"
                    .formatted(kind, i, ModelSource.end(kind, ports, ports.get(i))));
        }
        return lines.toString();
    }
}
