package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Nodes of an OPC UA server, by subscription.
 *
 * @param endpoint {@code opc.tcp://host:port/path}
 * @param nodes their identifiers, such as {@code ns=2;s=Press.Temperature}
 * @param samplingSeconds how often the server looks at a node
 * @param align what makes a row of values that come one by one
 * @param uncertain whether a value of uncertain quality counts
 * @param policy of the secure channel
 * @param mode of the secure channel
 * @param files {@code ca} is the server's certificate, the others this client's
 */
public record OpcuaSpec(
        String endpoint,
        List<String> nodes,
        double samplingSeconds,
        Align align,
        boolean uncertain,
        Policy policy,
        Mode mode,
        TlsFiles files,
        @Nullable String user,
        @Nullable Secret password,
        int window,
        int hop,
        Freshness freshness)
        implements NetworkSpec.Telemetry {
    /** What makes a row. */
    public enum Align {
        /** The latest values, every sampling interval. */
        LATEST,
        /** Values with the same source time, as soon as they are complete. */
        TIMESTAMP
    }

    /** By the names of the specification, part 7. */
    public enum Policy {
        NONE,
        BASIC256SHA256,
        AES128_SHA256_RSAOAEP,
        AES256_SHA256_RSAPSS
    }

    /** What is done to messages. */
    public enum Mode {
        NONE,
        SIGN,
        SIGN_AND_ENCRYPT
    }

    public OpcuaSpec {
        nodes = List.copyOf(nodes);
    }

    @Override
    public String word() {
        return "opcua";
    }

    @Override
    public String path() {
        return endpoint;
    }

    @Override
    public int columns() {
        return nodes.size();
    }
}
