/** The process on the device that knows the network: it serves models, and supervises the runner, which has none. */
module dev.skerry.agent {
    requires static transitive org.jspecify;
    requires transitive dev.skerry.problem;
    requires transitive dev.skerry.model;
    requires transitive dev.skerry.measure;
    requires transitive dev.skerry.runtime;
    requires transitive dev.skerry.pipeline;
    requires transitive dev.skerry.bundle;
    requires transitive dev.skerry.runner;
    requires transitive tools.jackson.databind;
    requires java.net.http;
    requires com.digitalpetri.modbus;
    requires com.digitalpetri.modbus.tcp;
    requires com.hivemq.client.mqtt;
    requires org.eclipse.milo.opcua.sdk.client;
    requires org.eclipse.milo.opcua.stack.core;
    requires org.eclipse.milo.opcua.stack.transport;

    exports dev.skerry.agent;
}
