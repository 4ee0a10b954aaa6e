package dev.skerry.runner;

import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.JsonText;

/**
 * A version of a model as its answers show it.
 *
 * @param model name and version, ready for a line
 * @param standIn what its label says
 * @param safe what its safe state says
 */
record Edition(String name, String version, JsonText model, Decision standIn, Decision safe) {
    static Edition of(String name, String version, DecisionReader reader) {
        return new Edition(name, version, Actions.model(name, version), reader.fallback(), reader.safe());
    }
}
