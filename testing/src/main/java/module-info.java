/** What the tests of all modules share. No product code may use it. */
module dev.skerry.testing {
    requires static transitive org.jspecify;
    requires transitive org.junit.jupiter.api;

    exports dev.skerry.testing;
}
