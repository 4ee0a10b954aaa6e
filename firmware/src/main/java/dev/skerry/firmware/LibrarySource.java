package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.List;
import java.util.stream.Collectors;

/** The side of the generated code that a program on a host loads: what {@code library.h} declares. */
final class LibrarySource {
    /** An end of the generated code. */
    private record End(String function, DataType type, int bytes, Grid grid) {
        /** Where its numbers stand for themselves, its scale is written as 0. */
        String fields() {
            boolean isPlain = grid.equals(Grid.PLAIN);
            return "%d, %d, %s, %d"
                    .formatted(
                            bytes,
                            type.code(),
                            isPlain ? "0.0f" : Float.toHexString(grid.scale()) + "f",
                            isPlain ? 0 : grid.zero());
        }
    }

    private LibrarySource() {}

    static String of(Program program, String digest) {
        String prefix = CSource.identifier(program.name());
        List<End> inputs = List.of(
                new End(prefix + "_input", DataType.INT8, program.input().elements(), program.inputGrid()));
        List<End> outputs = List.of(
                new End(prefix + "_output", DataType.INT8, program.output().elements(), program.outputGrid()));
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
                """.replace("INPUTS", fields(inputs))
                .replace("OUTPUTS", fields(outputs))
                .replace("DIGEST", digest)
                .replace("MEMORY", memory("inputs", inputs) + memory("outputs", outputs))
                .replace("PREFIX", prefix);
    }

    private static String fields(List<End> ends) {
        return ends.stream().map(end -> "{0, " + end.fields() + "}").collect(Collectors.joining(", "));
    }

    private static String memory(String array, List<End> ends) {
        var lines = new StringBuilder();
        for (int i = 0; i < ends.size(); i++) {
            // an output is constant to others, and the caller here promises to only read it
            lines.append("    %s[%d].memory = (void *)%s();\n"
                    .formatted(array, i, ends.get(i).function()));
        }
        return lines.toString();
    }
}
