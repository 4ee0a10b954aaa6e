package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * An MQTT broker and who one is there.
 *
 * @param tls whether the connection is encrypted
 * @param clientId null lets the broker choose
 * @param user null for none
 * @param password null for none
 */
public record Broker(
        String host,
        int port,
        boolean tls,
        TlsFiles files,
        @Nullable String clientId,
        @Nullable String user,
        @Nullable Secret password) {
    /** {@code mqtt://host:port} or {@code mqtts://host:port}. */
    public String url() {
        return (tls ? "mqtts://" : "mqtt://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
