package dev.skerry.runtime;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/**
 * A model as C that was compiled beforehand to a shared library.
 *
 * @param digest {@code sha256:} and the hash of the file; nothing else is loaded
 * @param level what the machine must have
 */
public record CompiledLibrary(Path file, String digest, InstructionLevel level) {
    /**
     * One inference on stored bytes, without names and grids, to hold the code to what it was made from.
     *
     * @param input the bytes of all inputs, one after the other
     * @return the bytes of all outputs
     * @throws dev.skerry.problem.ProblemException {@code runtime.digest}, {@code runtime.load}
     */
    public byte[] run(byte[] input) {
        try (CompiledCode code = CompiledCode.load(this, file.toString())) {
            long at = 0;
            for (CompiledCode.End end : code.inputs()) {
                long bytes = end.memory().byteSize();
                MemorySegment.copy(MemorySegment.ofArray(input), at, end.memory(), 0, bytes);
                at += bytes;
            }
            code.invoke();
            List<CompiledCode.End> outputs = code.outputs();
            byte[] output = new byte
                    [Math.toIntExact(outputs.stream()
                            .mapToLong(end -> end.memory().byteSize())
                            .sum())];
            long to = 0;
            for (CompiledCode.End end : outputs) {
                long bytes = end.memory().byteSize();
                MemorySegment.copy(end.memory(), 0, MemorySegment.ofArray(output), to, bytes);
                to += bytes;
            }
            return output;
        }
    }
}
