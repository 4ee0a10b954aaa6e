package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives made by other programs, some with bad intent. Nothing may be written anywhere but by {@code unpack}. */
class TarAttackTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final TrustedKeys TRUSTED = TrustedKeys.of(KEY);

    @TempDir
    Path folder;

    private SortedMap<String, byte[]> files;

    @BeforeEach
    void pack() {
        BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("good"));
        files = Fixtures.tree(folder.resolve("good"));
    }

    @Test
    void theAttacksBaseIsGood() {
        assertThat(Bundle.verify(tar(out -> {}), TRUSTED)).isInstanceOf(Verification.Verified.class);
    }

    @Test
    void entriesThatLeadElsewhere() {
        for (String name :
                List.of("../evil", "/etc/cron.d/evil", "blobs/../../evil", "blobs/sha256/../../../evil", "a\nb")) {
            assertRefused(tar(out -> file(out, name, "x")), "unexpected");
            assertThat(folder.resolve("evil")).doesNotExist();
        }
    }

    @Test
    void linksDevicesAndFolders() throws IOException {
        String blob = OciDocument.BLOBS + Digest.of(new byte[] {9}).hex();
        for (byte type : new byte[] {
            TarConstants.LF_SYMLINK,
            TarConstants.LF_LINK,
            TarConstants.LF_CHR,
            TarConstants.LF_BLK,
            TarConstants.LF_FIFO,
            TarConstants.LF_CONTIG,
            TarConstants.LF_OLDNORM,
            TarConstants.LF_GNUTYPE_SPARSE,
            TarConstants.LF_PAX_EXTENDED_HEADER_LC,
            TarConstants.LF_PAX_GLOBAL_EXTENDED_HEADER,
            TarConstants.LF_GNUTYPE_LONGNAME
        }) {
            var entry = new TarArchiveEntry(blob, type);
            entry.setLinkName("../../../../etc/passwd");
            plain(entry, 0);
            byte[] header = new byte[TarFormat.BLOCK_BYTES];
            entry.writeEntryHeader(header);
            // before the end of the archive
            Path tar = tar(out -> {});
            byte[] good = Files.readAllBytes(tar);
            int end = good.length - TarFormat.END_BYTES;
            try (var out = Files.newOutputStream(tar)) {
                out.write(good, 0, end);
                out.write(header);
                out.write(good, end, TarFormat.END_BYTES);
            }
            assertRefused(tar, "unexpected tar header");
        }
        assertRefused(tar(out -> put(out, new TarArchiveEntry("blobs/"), new byte[0])), "unexpected \"blobs/\"");
    }

    @Test
    void sameNameTwice() {
        String name = files.lastKey();
        assertRefused(tar(out -> file(out, name, new String(files.get(name), StandardCharsets.UTF_8))), "twice");
        assertRefused(tar(out -> file(out, "index.json", "{}")), "twice");
    }

    @Test
    void otherOwnerTimeOrMode() {
        String blob = OciDocument.BLOBS + Digest.of(new byte[] {9}).hex();
        List<Consumer<TarArchiveEntry>> changes = List.of(
                entry -> entry.setMode(0104755),
                entry -> entry.setModTime(1000L),
                entry -> entry.setIds(1, 0),
                entry -> entry.setNames("root", ""),
                entry -> entry.setLinkName("x"));
        for (var change : changes) {
            assertRefused(
                    tar(out -> {
                        var entry = new TarArchiveEntry(blob);
                        plain(entry, 1);
                        change.accept(entry);
                        put(out, entry, new byte[] {9});
                    }),
                    "unexpected tar header");
        }
    }

    @Test
    void hugeSizesClaimed() throws IOException {
        Path tar = tar(out -> {});
        byte[] bytes = Files.readAllBytes(tar);
        String name = files.lastKey();
        for (long size : new long[] {bytes.length, 1L << 30, TarFormat.LARGEST_FILE_BYTES}) {
            byte[] bad = bytes.clone();
            int at = indexOf(bad, name);
            System.arraycopy(TarFormat.header(name, size), 0, bad, at, TarFormat.BLOCK_BYTES);
            Files.write(tar, bad);
            assertRefused(tar, "");
        }
        // base-256 sizes, which reach 2^95
        byte[] bad = bytes.clone();
        int at = indexOf(bad, name) + 124;
        bad[at] = (byte) 0x80;
        Files.write(tar, bad);
        assertRefused(tar, "unexpected tar header");
    }

    @Test
    void hugeSizesClaimedInDescriptors() throws IOException {
        String index = new String(files.get("index.json"), StandardCharsets.UTF_8);
        for (String size : List.of("9223372036854775807", "-1", "1e99", "99999999999999999999999999", "\"1\"")) {
            files.put(
                    "index.json",
                    index.replaceFirst("\"size\":\\d+", "\"size\":" + size).getBytes(StandardCharsets.UTF_8));
            assertRefused(tar(out -> {}), "");
        }
    }

    @Test
    void documentThatFillsMemory() {
        files.put(
                "index.json", ("{" + " ".repeat(OciDocument.LARGEST_DOCUMENT_BYTES)).getBytes(StandardCharsets.UTF_8));
        assertRefused(tar(out -> {}), "at most 4 MiB");
        BundleTest.assertProblem(
                () -> Bundle.open(tar(out -> {})), "larger than any", dev.skerry.problem.Problem.Kind.GATE);
    }

    @Test
    void documentNestedTooDeep() {
        files.put("index.json", "{\"a\":".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        assertRefused(tar(out -> {}), "not valid JSON");
    }

    @Test
    void tooManyEntries() {
        assertRefused(
                tar(out -> {
                    for (int i = 0; i < 3000; i++) {
                        file(out, OciDocument.BLOBS + "%064x".formatted(i), "");
                    }
                }),
                "too many");
    }

    @Test
    void compressionBombs() throws IOException {
        // nothing is ever decompressed, so a bomb is a file like any other
        var gzip = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(gzip)) {
            out.write(new byte[10 << 20]);
        }
        var zip = new ByteArrayOutputStream();
        try (var out = new ZipOutputStream(zip)) {
            out.putNextEntry(new ZipEntry("oci-layout"));
            out.write(new byte[10 << 20]);
        }
        for (byte[] bomb : List.of(gzip.toByteArray(), zip.toByteArray(), new byte[0], new byte[4096])) {
            assertRefused(Files.write(folder.resolve("bomb.tar"), bomb), "");
        }
    }

    @Test
    void sparseFileOfManyGigabytes() throws IOException {
        Path tar = folder.resolve("sparse.tar");
        try (var file = new java.io.RandomAccessFile(tar.toFile(), "rw")) {
            file.write(TarFormat.header("oci-layout", OciDocument.LAYOUT.length));
            file.setLength(1L << 36);
        }
        assertRefused(tar, "");
    }

    private Path tar(Consumer<TarArchiveOutputStream> attack) {
        Path tar = folder.resolve("attack.tar");
        try (var out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
            out.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
            for (var file : files.entrySet()) {
                var entry = new TarArchiveEntry(file.getKey());
                plain(entry, file.getValue().length);
                put(out, entry, file.getValue());
            }
            attack.accept(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tar;
    }

    private static void file(TarArchiveOutputStream out, String name, String content) {
        var entry = new TarArchiveEntry(name, true);
        plain(entry, content.length());
        put(out, entry, content.getBytes(StandardCharsets.UTF_8));
    }

    private static void plain(TarArchiveEntry entry, long size) {
        entry.setSize(size);
        entry.setModTime(0L);
        entry.setIds(0, 0);
        entry.setNames("", "");
    }

    private static void put(TarArchiveOutputStream out, TarArchiveEntry entry, byte[] content) {
        try {
            out.putArchiveEntry(entry);
            out.write(content);
            out.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text + "\u0000");
    }

    private static void assertRefused(Path bundle, String message) {
        assertThat(Bundle.verify(bundle, TRUSTED))
                .isInstanceOfSatisfying(
                        Verification.Refused.class,
                        refused -> assertThat(refused.problem().toString()).contains(message));
    }
}
