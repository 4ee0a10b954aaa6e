/** The skerry command: the only place that knows a terminal. */
module dev.skerry.cli {
    requires static transitive org.jspecify;
    requires dev.skerry.agent;
    requires dev.skerry.firmware;
    requires dev.skerry.project;
    requires info.picocli;

    opens dev.skerry.cli to
            info.picocli;
}
