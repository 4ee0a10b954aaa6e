/** What went wrong, where, why, and what to try; nothing else. Every module may use it. */
module dev.skerry.problem {
    requires static transitive org.jspecify;

    exports dev.skerry.problem;
}
