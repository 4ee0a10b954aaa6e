package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.util.List;

/**
 * How much memory a device's JVM may take. The heap grows from its first size to its last only where a model needs it.
 *
 * @param preloadMegabytes of decoded samples, outside of the heap
 */
public record Footprint(
        int firstHeapMegabytes, int heapMegabytes, int codeCacheMegabytes, int directMegabytes, int preloadMegabytes) {
    /** Where nobody says how much there is. */
    public static final Footprint ROOMY = new Footprint(10, 128, 48, 512, 256);

    private static final int LEAST_MEGABYTES = 128;
    private static final int MOST_MEGABYTES = 1 << 20;

    /**
     * For a device with so much memory in all: an eighth of it for the heap and an eighth for samples, which leaves the system
     * half.
     *
     * @throws dev.skerry.problem.ProblemException {@code standalone.memory} below 128 MB
     */
    public static Footprint of(int megabytes) {
        if (megabytes < LEAST_MEGABYTES || megabytes > MOST_MEGABYTES) {
            throw Problem.usage("standalone.memory", "no JVM and model fit into " + megabytes + " MB")
                    .because("the JVM, its classes and a runtime alone take some 80 MB")
                    .attempt("from " + LEAST_MEGABYTES + " MB on; generated C for less: skerry compile")
                    .toException();
        }
        int eighth = megabytes / 8;
        return new Footprint(
                10,
                Math.clamp(eighth, 16, ROOMY.heapMegabytes),
                megabytes < 1024 ? 16 : ROOMY.codeCacheMegabytes,
                Math.clamp(2L * eighth, 32, ROOMY.directMegabytes),
                Math.clamp(eighth, 8, ROOMY.preloadMegabytes));
    }

    /** Options of the JVM, those apart that name files. */
    List<String> options() {
        return List.of(
                // the collector with the fewest threads, and the compiler that is done soonest: the work is in native
                // code
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xms" + firstHeapMegabytes + "m",
                // all of it gets touched in time, and a cycle leaves half a kilobyte
                "-XX:NewSize=4m",
                "-Xmx" + heapMegabytes + "m",
                "-XX:ReservedCodeCacheSize=" + codeCacheMegabytes + "m",
                "-XX:MaxDirectMemorySize=" + directMegabytes + "m",
                // the JVM's own statistics live in a mapped file, and writing to it can wait for a disk
                "-XX:-UsePerfData",
                "-XX:+ExitOnOutOfMemoryError",
                // to compile this one method takes 7 MB, which a start would never give back
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=exclude,jdk.internal.classfile.impl.StackMapGenerator::processBlock",
                // the archive of classes lies where it was made for: its pages stay those of the file, shared and clean
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:ArchiveRelocationMode=0",
                // standard output is for decisions
                "-Xlog:disable",
                "-Xlog:all=error:stderr");
    }
}
