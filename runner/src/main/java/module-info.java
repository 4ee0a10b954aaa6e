/** The deadline loop, in a process of its own and without sockets. */
module dev.skerry.runner {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires transitive dev.skerry.runtime;
    requires transitive dev.skerry.pipeline;
    requires transitive dev.skerry.bundle;
    requires transitive tools.jackson.databind;
    requires java.management;
    requires jdk.management;

    exports dev.skerry.runner;
}
