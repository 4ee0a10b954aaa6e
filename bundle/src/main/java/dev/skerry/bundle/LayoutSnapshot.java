package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a layout held when it was read through once: sizes and digests of all files, and the bytes of those that may be
 * documents. The verifier works on this alone.
 */
final class LayoutSnapshot implements OciContents.Documents {
    private static final long MOST_DOCUMENT_BYTES = 64L << 20;

    private final String where;
    private final SortedMap<String, Long> sizes = new TreeMap<>();
    private final SortedMap<String, Digest> digests = new TreeMap<>();
    private final Map<String, byte[]> documents = new TreeMap<>();

    private LayoutSnapshot(String where) {
        this.where = where;
    }

    static LayoutSnapshot read(Layout layout) {
        var snapshot = new LayoutSnapshot(layout.where().toString());
        long kept = 0;
        for (var entry : layout.sizes().entrySet()) {
            String name = entry.getKey();
            try (InputStream in = layout.open(name)) {
                // only what can be a document is held as a whole
                byte[] first = in.readNBytes(1);
                boolean candidate = first.length == 1 && first[0] == '{' && kept < MOST_DOCUMENT_BYTES;
                byte[] rest = candidate ? in.readNBytes(OciDocument.LARGEST_DOCUMENT_BYTES) : new byte[0];
                byte[] start = new byte[first.length + rest.length];
                System.arraycopy(first, 0, start, 0, first.length);
                System.arraycopy(rest, 0, start, first.length, rest.length);
                boolean document = candidate
                        && start.length <= OciDocument.LARGEST_DOCUMENT_BYTES
                        && kept + start.length <= MOST_DOCUMENT_BYTES;
                if (document) {
                    kept += start.length;
                    snapshot.documents.put(name, start);
                }
                snapshot.digests.put(name, Digest.of(new SequenceInputStream(new ByteArrayInputStream(start), in)));
                snapshot.sizes.put(name, entry.getValue());
            } catch (IOException e) {
                throw BundleFailure.of(e, "bundle.unreadable", "cannot read the bundle", layout.where());
            }
        }
        return snapshot;
    }

    @Override
    public String where() {
        return where;
    }

    SortedMap<String, Long> sizes() {
        return sizes;
    }

    SortedMap<String, Digest> digests() {
        return digests;
    }

    @Override
    public byte[] document(String name) {
        byte @Nullable [] bytes = documents.get(name);
        if (bytes == null) {
            throw (sizes.containsKey(name)
                            ? CanonicalJson.malformed("not a JSON document of at most 4 MiB", name)
                            : damaged(name + " is missing", where))
                    .toException();
        }
        return bytes;
    }

    /** Bytes are not what they were when the bundle was packed; nobody need have meant it. */
    static Problem damaged(String what, String where) {
        return Problem.gate("bundle.damaged", what)
                .at(where)
                .because("the bundle was damaged or changed after it was packed")
                .attempt("copying it again from where it was packed");
    }
}
