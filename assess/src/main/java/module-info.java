/** What a model takes of a machine: benchmark scenarios with their results and their checker, memory, energy, layers. */
module dev.skerry.assess {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires transitive dev.skerry.runtime;
    requires transitive dev.skerry.pipeline;
    requires transitive tools.jackson.databind;

    exports dev.skerry.assess;
}
