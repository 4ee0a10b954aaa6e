package dev.skerry.compress;

import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Finished parts of a search, so that one that was interrupted goes on where it was. A part is kept whole or not at all, and
 * what can't be read back is made again.
 */
public interface SearchJournal {
    /** Nothing is remembered. */
    SearchJournal NONE = new SearchJournal() {
        @Override
        public Optional<byte[]> recall(String part) {
            return Optional.empty();
        }

        @Override
        public void keep(String part, byte[] content) {}

        @Override
        public List<Problem> problems() {
            return List.of();
        }

        @Override
        public void finished() {}
    };

    /**
     * A journal in a folder, which is made with its first part and goes when the search is finished.
     *
     * @param key stands for everything that the search depends on; parts that were kept under another key are dropped
     */
    static SearchJournal in(Path folder, String key) {
        return new FolderJournal(folder, key);
    }

    /** What an interrupted search of the same key kept under this name. */
    Optional<byte[]> recall(String part);

    void keep(String part, byte[] content);

    /** What was taken over, and what couldn't be read or written. */
    List<Problem> problems();

    /** The result is safe: nothing is left to go on with. */
    void finished();
}
