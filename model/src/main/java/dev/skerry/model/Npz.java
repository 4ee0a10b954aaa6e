package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Archives of arrays in NumPy's {@code .npz} format: a zip of {@code .npy} files, stored or deflated. */
final class Npz {
    /** No deflated stream expands further (RFC 1951: 258 bytes from 2 bits). */
    private static final long LARGEST_EXPANSION = 1032;

    private static final String ARRAY = ".npy";
    private static final String MAC_ATTRIBUTES = "__MACOSX/";

    /** Any constant moment; the first month of 1980 is special to {@link ZipEntry}, which then adds the time zone's. */
    private static final LocalDateTime WRITTEN = LocalDateTime.of(1980, 2, 1, 0, 0);

    private final Path file;
    private final long mostBytes;
    private long bytesRead;

    /** For {@code file}, whose arrays may take {@code mostBytes} together. */
    Npz(Path file, long mostBytes) {
        this.file = file;
        this.mostBytes = mostBytes;
    }

    Map<String, Tensor> read() {
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        try (var zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                String entryName = entry.getName();
                if (entry.isDirectory() || entryName.startsWith(MAC_ATTRIBUTES)) {
                    continue;
                }
                if (!entryName.endsWith(ARRAY)) {
                    throw broken("it holds \"" + entryName + "\", which is no .npy array", "an .npz holds arrays only");
                }
                String name = entryName.substring(0, entryName.length() - ARRAY.length());
                byte[] content = content(zip, entry);
                if (arrays.put(name, Npy.read(name, MemorySegment.ofArray(content), file + ": " + name)) != null) {
                    throw broken("it holds two arrays \"" + name + "\"", "names must differ");
                }
            }
        } catch (ZipException notAZip) {
            throw broken("it isn't an .npz archive, or it is damaged", String.valueOf(notAZip.getMessage()));
        } catch (IOException unreadable) {
            throw broken("it can't be read", String.valueOf(unreadable.getMessage()));
        }
        return Collections.unmodifiableMap(arrays);
    }

    private byte[] content(ZipFile zip, ZipEntry entry) throws IOException {
        long size = entry.getSize();
        boolean impossible = size < 0 || size / LARGEST_EXPANSION > entry.getCompressedSize() + 1;
        if (impossible) {
            throw broken(
                    "array " + entry.getName() + " says it has " + size + " bytes",
                    "the " + entry.getCompressedSize() + " bytes it is packed into can't hold that");
        }
        bytesRead += size;
        if (bytesRead > mostBytes || size > Integer.MAX_VALUE - 64) {
            throw Problem.usage("model.npz-too-large", "it unpacks to more than " + mostBytes + " bytes")
                    .at(file.toString())
                    .because("its arrays must fit into half of the memory that Java may use, and each into 2 GiB")
                    .attempt("a larger -Xmx")
                    .attempt("fewer samples")
                    .toException();
        }
        byte[] content;
        try (InputStream in = zip.getInputStream(entry)) {
            content = in.readNBytes((int) size + 1);
        }
        var crc = new CRC32();
        crc.update(content);
        if (content.length != size || crc.getValue() != entry.getCrc()) {
            throw broken(
                    "array " + entry.getName() + " is damaged", "its length or checksum isn't what the archive says");
        }
        return content;
    }

    private RuntimeException broken(String what, String why) {
        return Problem.usage("model.npz", what).at(file.toString()).because(why).toException();
    }

    static void write(Map<String, Tensor> arrays, OutputStream out) throws IOException {
        var zip = new ZipOutputStream(out);
        zip.setMethod(ZipOutputStream.STORED);
        for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
            Tensor tensor = array.getValue();
            var checked = new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32());
            Npy.write(tensor, checked);
            var entry = new ZipEntry(array.getKey() + ARRAY);
            entry.setTimeLocal(WRITTEN);
            entry.setSize(Npy.header(tensor).length + Npy.contentBytes(tensor));
            entry.setCrc(checked.getChecksum().getValue());
            zip.putNextEntry(entry);
            Npy.write(tensor, zip);
            zip.closeEntry();
        }
        zip.finish();
    }
}
