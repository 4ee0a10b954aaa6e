package dev.skerry.pipeline;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** A process that writes a ring until it is killed: {@code FILE half} dies in the middle of its fourth sample. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class RingProgram {
    private RingProgram() {}

    public static void main(String[] arguments) throws InterruptedException {
        boolean half = arguments.length > 1;
        try (RingFile file = RingFile.write(Path.of(arguments[0]), SampleRingTest.LAYOUT, 8)) {
            RingWriter writer = file.ring().writer();
            System.out.println("writing");
            for (int sample = 0; ; sample++) {
                MemorySegment memory = writer.input(0);
                long elements = memory.byteSize() / 4;
                for (long i = 0; i < elements; i++) {
                    memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, sample);
                    if (half && sample == 3 && i == elements / 2) {
                        System.out.println("half");
                        Thread.sleep(60_000);
                    }
                }
                writer.publish(System.nanoTime(), 0);
            }
        }
    }
}
