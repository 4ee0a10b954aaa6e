package dev.skerry.project;

import java.nio.file.Path;

/** A folder with a {@code skerry.yaml}; what Skerry makes for it lies in {@code .skerry} there. */
public record ProjectFolder(Path root) {
    public Path configuration() {
        return root.resolve("skerry.yaml");
    }

    public Path work() {
        return root.resolve(".skerry");
    }
}
