/** A user's project: skerry.yaml, and what follows what. */
module dev.skerry.project {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires transitive dev.skerry.runtime;
    requires transitive dev.skerry.pipeline;
    requires transitive dev.skerry.bundle;
    requires transitive dev.skerry.runner;
    requires transitive dev.skerry.compress;
    requires dev.skerry.firmware;
    requires com.networknt.schema;
    requires org.snakeyaml.engine;

    exports dev.skerry.project;
}
