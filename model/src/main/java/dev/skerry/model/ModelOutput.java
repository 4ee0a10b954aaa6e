package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a model to one place, deciding which tensors lie in the model's own file and which beside it. */
final class ModelOutput {
    /** Bytes of weights that a file surely holds; protobuf ends at 2 GiB, and the graph itself needs room. */
    static final long LARGEST_INLINE = Integer.MAX_VALUE - (64L << 20);

    /** Smaller tensors stay in the model's file also where the large ones go elsewhere. */
    private static final long SMALLEST_EXTERNAL = 1024;

    /** Offsets are multiples of it, so that a reader can map a tensor by itself. */
    private static final long PAGE = 4096;

    private final Path file;
    private final long largestInline;

    ModelOutput(Path file, long largestInline) {
        this.file = file.toAbsolutePath();
        this.largestInline = largestInline;
    }

    static byte[] bytes(Model model) {
        return bounded(new GraphWriter(_ -> null).file(model)).toBytes();
    }

    void write(Model model) {
        List<Tensor> moving = moving(model);
        var offsets = new IdentityHashMap<Tensor, Long>();
        long end = 0;
        for (Tensor tensor : moving) {
            if (!offsets.containsKey(tensor)) {
                offsets.put(tensor, end);
                end = Math.ceilDiv(end + tensor.byteSize(), PAGE) * PAGE;
            }
        }
        String location = offsets.isEmpty() ? "" : writeData(moving, offsets);
        Skeleton.Rope rope = new GraphWriter(tensor -> entries(tensor, offsets.get(tensor), location)).file(model);
        bounded(rope);
        WholeFile.replace(file, rope::writeTo);
    }

    private static Skeleton.Rope bounded(Skeleton.Rope rope) {
        if (rope.byteSize() > Integer.MAX_VALUE) {
            throw Problem.usage("model.too-large", "the model takes " + rope.byteSize() + " bytes")
                    .because("one ONNX file holds less than 2 GiB")
                    .attempt("writing it to a folder, where weights go to a file of their own")
                    .toException();
        }
        return rope;
    }

    /** The tensors that go to the data file: those that lay in one elsewhere, or all large ones of a model too large for one file. */
    private List<Tensor> moving(Model model) {
        List<Tensor> rest = TensorsOf.model(model)
                .filter(tensor -> tensor.type() != DataType.STRING && !stays(tensor))
                .toList();
        boolean tooLarge = rest.stream().mapToLong(Tensor::byteSize).sum() > largestInline;
        return rest.stream()
                .filter(tensor -> tensor.external() != null || tooLarge && tensor.byteSize() >= SMALLEST_EXTERNAL)
                .toList();
    }

    /** Whether the tensor lies in a file that its location finds from here too. */
    private boolean stays(Tensor tensor) {
        Tensor.ExternalData external = tensor.external();
        if (external == null) {
            return false;
        }
        try {
            Path here = file.resolveSibling(external.entries().getOrDefault("location", ""));
            return Files.exists(here) && Files.isSameFile(here, external.file());
        } catch (IOException | InvalidPathException elsewhere) {
            return false;
        }
    }

    private static @Nullable Map<String, String> entries(Tensor tensor, @Nullable Long offset, String location) {
        if (offset != null) {
            Map<String, String> entries = new LinkedHashMap<>();
            entries.put("location", location);
            entries.put("offset", Long.toString(offset));
            entries.put("length", Long.toString(tensor.byteSize()));
            return entries;
        }
        Tensor.ExternalData external = tensor.external();
        return external == null ? null : external.entries();
    }

    /**
     * Writes the data file and gives its name. Where {@code <name>.data} holds something else already it is left as it is, since
     * the model that lies here may need it until the moment it is replaced; the new one is then named by its content.
     */
    private String writeData(List<Tensor> tensors, IdentityHashMap<Tensor, Long> offsets) {
        Path temporary = WholeFile.temporary(file);
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            WholeFile.write(temporary, out -> copy(tensors, offsets, new DigestOutputStream(out, digest)));
            Path data = file.resolveSibling(file.getFileName() + ".data");
            if (Files.exists(data) && Files.mismatch(data, temporary) != -1) {
                String hash = HexFormat.of().formatHex(digest.digest(), 0, 6);
                data = file.resolveSibling(file.getFileName() + "." + hash + ".data");
            }
            Files.move(temporary, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return String.valueOf(data.getFileName());
        } catch (IOException broken) {
            throw WholeFile.unwritable(file, broken);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        } finally {
            WholeFile.discard(temporary);
        }
    }

    private static void copy(List<Tensor> tensors, IdentityHashMap<Tensor, Long> offsets, OutputStream out)
            throws IOException {
        long position = 0;
        for (Tensor tensor : tensors) {
            long offset = offsets.getOrDefault(tensor, 0L);
            if (offset < position) {
                continue; // the same tensor in a second place
            }
            out.write(new byte[(int) (offset - position)]);
            WholeFile.copy(tensor.data(), out);
            position = offset + tensor.byteSize();
        }
    }
}
