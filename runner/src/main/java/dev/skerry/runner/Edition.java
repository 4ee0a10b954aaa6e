package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.JsonText;

/**
 * A version of a model as its answers show it.
 *
 * @param model name and version, ready for a line
 * @param standIn what its label says
 * @param safe what its safe state says
 * @param feed knows what samples are called
 */
record Edition(String name, String version, JsonText model, Decision standIn, Decision safe, Feed feed) {
    static Edition of(LoadedModel model, Feed feed) {
        String name = model.manifest().name();
        String version = model.manifest().version();
        return new Edition(
                name,
                version,
                Actions.model(name, version),
                model.reader().fallback(),
                model.reader().safe(),
                feed);
    }
}
