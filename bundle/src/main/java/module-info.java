/** What is shipped: a manifest, content by digest, signatures, all in the OCI image layout. */
module dev.skerry.bundle {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive tools.jackson.databind;
    requires org.apache.commons.compress;

    exports dev.skerry.bundle;
}
