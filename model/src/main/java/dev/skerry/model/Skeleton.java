package dev.skerry.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import dev.skerry.model.onnx.TensorProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A message without the content of its tensors, which is left where it lies. Protobuf for Java copies what it parses and what
 * it writes to the heap; so a file is first taken apart into a skeleton, in which the number of a piece stands for each content of a
 * tensor, and the pieces, which are views of the mapped file. Writing goes the other way.
 */
record Skeleton(ByteString bytes, List<MemorySegment> pieces) {
    /** Messages within messages. A subgraph takes three, so this allows 66 of them one in the other; protobuf's own limit is 100. */
    static final int DEEPEST = 200;

    private static final Set<Integer> CONTENT = Set.of(
            TensorProto.RAW_DATA_FIELD_NUMBER,
            TensorProto.FLOAT_DATA_FIELD_NUMBER,
            TensorProto.DOUBLE_DATA_FIELD_NUMBER,
            TensorProto.INT32_DATA_FIELD_NUMBER,
            TensorProto.INT64_DATA_FIELD_NUMBER,
            TensorProto.UINT64_DATA_FIELD_NUMBER);

    /** The message ends before its length says, or nests deeper than {@link #DEEPEST}. */
    static final class BrokenMessage extends IOException {
        private static final long serialVersionUID = 1L;

        BrokenMessage(String what) {
            super(what);
        }
    }

    /** What stands for the piece of this number. */
    static ByteString placeholder(int piece) {
        return ByteString.copyFromUtf8(Integer.toString(piece));
    }

    static int piece(ByteString placeholder) {
        return Integer.parseInt(placeholder.toStringUtf8());
    }

    /** Takes apart the message of the type {@code root} that {@code content} holds. */
    static Skeleton of(MemorySegment content, TensorPlaces root) throws IOException {
        List<MemorySegment> pieces = new ArrayList<>();
        CodedInputStream in = CodedInputStream.newInstance(new SegmentInputStream(content));
        byte[] bytes = message(in, root, content, pieces, 0);
        return new Skeleton(ByteString.copyFrom(bytes), pieces);
    }

    private static byte[] message(
            CodedInputStream in, TensorPlaces type, MemorySegment content, List<MemorySegment> pieces, int depth)
            throws IOException {
        if (depth > DEEPEST) {
            throw new BrokenMessage("too many levels of nesting");
        }
        var bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            TensorPlaces inner = inner(type, tag);
            if (isContent(type, tag)) {
                int length = in.readRawVarint32();
                long start = in.getTotalBytesRead();
                if (length < 0 || length > content.byteSize() - start) {
                    throw new BrokenMessage("ended unexpectedly");
                }
                in.skipRawBytes(length);
                out.writeByteArray(
                        WireFormat.getTagFieldNumber(tag),
                        placeholder(pieces.size()).toByteArray());
                pieces.add(content.asSlice(start, length));
            } else if (inner != null) {
                int length = in.readRawVarint32();
                int limit = in.pushLimit(length);
                byte[] nested = message(in, inner, content, pieces, depth + 1);
                if (in.getBytesUntilLimit() != 0) {
                    throw new BrokenMessage("ended unexpectedly");
                }
                in.popLimit(limit);
                out.writeByteArray(WireFormat.getTagFieldNumber(tag), nested);
            } else {
                copy(in, tag, out);
            }
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static void copy(CodedInputStream in, int tag, CodedOutputStream out) throws IOException {
        UnknownFieldSet.Builder field = UnknownFieldSet.newBuilder();
        if (!field.mergeFieldFrom(tag, in)) {
            throw new BrokenMessage("a group ends that never began");
        }
        field.build().writeTo(out);
    }

    /** The message as pieces of memory, to be written one after the other. */
    Rope whole(TensorPlaces root) throws IOException {
        return whole(bytes.newCodedInput(), root);
    }

    private Rope whole(CodedInputStream in, TensorPlaces type) throws IOException {
        var rope = new Rope();
        var bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            TensorPlaces inner = inner(type, tag);
            Rope part = null;
            if (isContent(type, tag)) {
                part = new Rope();
                part.add(pieces.get(piece(in.readBytes())));
            } else if (inner != null) {
                int limit = in.pushLimit(in.readRawVarint32());
                part = whole(in, inner);
                in.popLimit(limit);
            } else {
                copy(in, tag, out);
            }
            if (part != null) {
                out.writeUInt32NoTag(tag);
                out.writeUInt64NoTag(part.byteSize());
                out.flush();
                rope.add(MemorySegment.ofArray(bytes.toByteArray()));
                bytes.reset();
                rope.addAll(part);
            }
        }
        out.flush();
        rope.add(MemorySegment.ofArray(bytes.toByteArray()));
        return rope;
    }

    private static boolean isContent(TensorPlaces type, int tag) {
        return type == TensorPlaces.TENSOR
                && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
                && CONTENT.contains(WireFormat.getTagFieldNumber(tag));
    }

    /** The place that the field leads to, if tensors may be in it. */
    private static @org.jspecify.annotations.Nullable TensorPlaces inner(TensorPlaces type, int tag) {
        return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
                ? type.behind(WireFormat.getTagFieldNumber(tag))
                : null;
    }

    /** Pieces of memory, one after the other. */
    static final class Rope {
        private final List<MemorySegment> parts = new ArrayList<>();
        private long byteSize;

        private void add(MemorySegment part) {
            if (part.byteSize() > 0) {
                parts.add(part);
                byteSize += part.byteSize();
            }
        }

        private void addAll(Rope rope) {
            rope.parts.forEach(this::add);
        }

        long byteSize() {
            return byteSize;
        }

        void writeTo(java.io.OutputStream out) throws IOException {
            for (MemorySegment part : parts) {
                WholeFile.copy(part, out);
            }
        }

        byte[] toBytes() {
            byte[] bytes = new byte[Math.toIntExact(byteSize)];
            int position = 0;
            for (MemorySegment part : parts) {
                MemorySegment.copy(part, ValueLayout.JAVA_BYTE, 0, bytes, position, (int) part.byteSize());
                position += (int) part.byteSize();
            }
            return bytes;
        }
    }
}
