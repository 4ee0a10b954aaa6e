package dev.skerry.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Guesses from its first bytes what a file is that is not an ONNX model, so that a message can say it. */
final class FileKind {
    private static final int LOOKED_AT = 512;

    /**
     * A guess.
     *
     * @param what with its article: "a JPEG image"
     * @param remedy what to try, empty where there is nothing
     */
    record Guess(String what, String remedy) {}

    private record Magic(int offset, String bytes, Guess guess) {}

    private static final String TO_ONNX = "exporting the model to ONNX";

    // ISO 8859-1, so that a character is a byte
    private static final List<Magic> MAGICS = List.of(
            new Magic(4, "TFL3", new Guess("a TensorFlow Lite model", "")),
            new Magic(4, "ORTM", new Guess("an ORT-format model of ONNX Runtime", "the .onnx file it was made from")),
            new Magic(0, "\u00ff\u00d8\u00ff", new Guess("a JPEG image", "")),
            new Magic(0, "\u0089PNG", new Guess("a PNG image", "")),
            new Magic(0, "GIF8", new Guess("a GIF image", "")),
            new Magic(0, "RIFF", new Guess("a WAV, AVI or WebP file", "")),
            new Magic(0, "%PDF", new Guess("a PDF document", "")),
            new Magic(
                    0,
                    "PK\u0003\u0004",
                    new Guess("a zip archive, as PyTorch and Keras write", TO_ONNX + ", or unpacking it")),
            new Magic(0, "PK\u0005\u0006", new Guess("an empty zip archive", "")),
            new Magic(0, "\u001f\u008b", new Guess("gzip-compressed data", "unpacking it with gunzip or tar -xzf")),
            new Magic(0, "BZh", new Guess("bzip2-compressed data", "unpacking it")),
            new Magic(0, "\u00fd7zXZ", new Guess("xz-compressed data", "unpacking it")),
            new Magic(0, "(\u00b5/\u00fd", new Guess("zstd-compressed data", "unpacking it")),
            new Magic(0, "\u0089HDF", new Guess("an HDF5 file, as Keras writes", TO_ONNX)),
            new Magic(0, "\u0093NUMPY", new Guess("a NumPy array", "")),
            new Magic(
                    0, "GGUF", new Guess("a GGUF model of llama.cpp", "the model it was made from, exported to ONNX")),
            new Magic(0, "\u0080\u0002", new Guess("a Python pickle, as PyTorch writes", TO_ONNX)),
            new Magic(0, "\u007fELF", new Guess("a program or library", "")),
            new Magic(257, "ustar", new Guess("a tar archive", "unpacking it")),
            new Magic(8, "{\"", new Guess("a safetensors file", TO_ONNX)),
            new Magic(
                    0,
                    "version https://git-lfs",
                    new Guess("a Git LFS pointer and not the file itself", "git lfs pull")),
            new Magic(0, "<?xml", new Guess("an XML file, as OpenVINO writes", "the ONNX file it was made from")),
            new Magic(0, "<!doctype html", new Guess("a web page", "downloading the file itself and not its page")),
            new Magic(0, "<html", new Guess("a web page", "downloading the file itself and not its page")));

    private FileKind() {}

    /** What {@code content} looks like, where it is something known. Its position isn't moved. */
    static Optional<Guess> of(ByteBuffer content) {
        byte[] start = new byte[Math.min(LOOKED_AT, content.remaining())];
        content.duplicate().get(start);
        String text = new String(start, StandardCharsets.ISO_8859_1);
        String lower = text.toLowerCase(Locale.ROOT);
        for (Magic magic : MAGICS) {
            if (text.startsWith(magic.bytes(), magic.offset())
                    || magic.bytes().startsWith("<") && lower.startsWith(magic.bytes(), magic.offset())) {
                return Optional.of(magic.guess());
            }
        }
        if (start.length > 0 && text.chars().allMatch(FileKind::isText)) {
            return Optional.of(new Guess("a text file", ""));
        }
        boolean blank = start.length > 0 && text.chars().allMatch(character -> character == 0);
        return blank
                ? Optional.of(new Guess("a file of zeros, as a broken download leaves", "fetching it again"))
                : Optional.empty();
    }

    private static boolean isText(int character) {
        return character >= ' ' && character != 0x7f || character == '\n' || character == '\r' || character == '\t';
    }
}
