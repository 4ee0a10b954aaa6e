/** Models as C99 for microcontrollers: lowering, memory plan, kernels. */
module dev.skerry.firmware {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;

    exports dev.skerry.firmware;
}
