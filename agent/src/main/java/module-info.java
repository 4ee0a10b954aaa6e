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
    requires com.digitalpetri.modbus;
    requires com.digitalpetri.modbus.tcp;
    requires com.hivemq.client.mqtt;
    requires org.eclipse.milo.opcua.sdk.client;
    requires org.eclipse.milo.opcua.stack.core;
    requires org.eclipse.milo.opcua.stack.transport;
    requires com.google.protobuf;
    requires io.helidon.webserver;
    requires io.helidon.webserver.http2;
    requires java.logging;
    requires java.net.http;
    requires jdk.management;

    exports dev.skerry.agent;
}
