package dev.skerry.project;

import dev.skerry.bundle.Digest;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.Truth;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.TreeMap;

/** The digest of samples: their tensors, names and labels, in order. */
final class SampleDigest {
    private SampleDigest() {}

    static Digest of(SampleSource samples) {
        MessageDigest digest = sha256();
        for (Sample sample : samples) {
            digest.update((sample.id() + "\0" + sample.label() + "\0").getBytes(StandardCharsets.UTF_8));
            addTruth(digest, sample.truth());
            new TreeMap<>(sample.inputs()).forEach((name, tensor) -> add(digest, name, tensor));
        }
        return new Digest("sha256:" + HexFormat.of().formatHex(digest.digest()));
    }

    /** A label stands beside the name already. */
    private static void addTruth(MessageDigest digest, Truth truth) {
        switch (truth) {
            case Truth.Unknown _, Truth.Label _ -> {}
            case Truth.Target(Tensor values) -> add(digest, "target", values);
            case Truth.Mask(Tensor classes) -> add(digest, "mask", classes);
            case Truth.Boxes(Tensor rows) -> add(digest, "boxes", rows);
            case Truth.Text(String words, var _) -> digest.update((words + "\0").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void add(MessageDigest digest, String name, Tensor tensor) {
        digest.update((name + "\0" + tensor.type() + tensor.shape() + "\0").getBytes(StandardCharsets.UTF_8));
        digest.update(tensor.data().asByteBuffer());
        tensor.strings().forEach(text -> digest.update((text + "\0").getBytes(StandardCharsets.UTF_8)));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
