package dev.skerry.agent;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.eclipse.milo.opcua.sdk.server.EndpointConfig;
import org.eclipse.milo.opcua.sdk.server.ManagedNamespaceWithLifecycle;
import org.eclipse.milo.opcua.sdk.server.OpcUaServer;
import org.eclipse.milo.opcua.sdk.server.OpcUaServerConfig;
import org.eclipse.milo.opcua.sdk.server.identity.AnonymousIdentityValidator;
import org.eclipse.milo.opcua.sdk.server.identity.CompositeValidator;
import org.eclipse.milo.opcua.sdk.server.identity.UsernameIdentityValidator;
import org.eclipse.milo.opcua.sdk.server.items.DataItem;
import org.eclipse.milo.opcua.sdk.server.items.MonitoredItem;
import org.eclipse.milo.opcua.sdk.server.nodes.UaVariableNode;
import org.eclipse.milo.opcua.stack.core.NodeIds;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.security.CertificateStore;
import org.eclipse.milo.opcua.stack.core.security.DefaultApplicationGroup;
import org.eclipse.milo.opcua.stack.core.security.DefaultCertificateManager;
import org.eclipse.milo.opcua.stack.core.security.DefaultServerCertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateQuarantine;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateStore;
import org.eclipse.milo.opcua.stack.core.security.MemoryTrustListManager;
import org.eclipse.milo.opcua.stack.core.security.RsaSha256CertificateFactory;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.transport.TransportProfile;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.DateTime;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.Variant;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.core.types.enumerated.UserTokenType;
import org.eclipse.milo.opcua.stack.core.types.structured.UserTokenPolicy;
import org.eclipse.milo.opcua.stack.transport.server.tcp.OpcTcpServerTransport;
import org.eclipse.milo.opcua.stack.transport.server.tcp.OpcTcpServerTransportConfig;

/** An OPC UA server of this process with six nodes, whose values a test gives to whoever watches them. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class OpcuaPlant implements AutoCloseable {
    private static final String NAMESPACE = "urn:skerry:plant";

    final int port;
    private final Certificates certificates;
    private final X509Certificate client;
    private OpcUaServer server;
    private Plant plant;

    /** Knows the client's certificate where there is one. */
    OpcuaPlant(Certificates certificates, X509Certificate client) throws IOException {
        this.port = Mosquitto.freePort();
        this.certificates = certificates;
        this.client = client;
        start();
    }

    String url() {
        return "opc.tcp://127.0.0.1:" + port + "/plant";
    }

    void start() {
        try {
            server = new OpcUaServer(
                    config(),
                    profile -> new OpcTcpServerTransport(
                            OpcTcpServerTransportConfig.newBuilder().build()));
            plant = new Plant(server);
            plant.startup();
            server.startup().get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private OpcUaServerConfig config() {
        var store = new MemoryCertificateStore();
        try {
            store.set(
                    NodeIds.RsaSha256ApplicationCertificateType,
                    new CertificateStore.Entry(
                            certificates.pair().getPrivate(), new X509Certificate[] {certificates.own()}));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        var trust = new MemoryTrustListManager();
        if (client != null) {
            trust.setTrustedCertificates(List.of(client));
        }
        var quarantine = new MemoryCertificateQuarantine();
        var group = new DefaultApplicationGroup(
                trust,
                store,
                new RsaSha256CertificateFactory() {
                    @Override
                    protected X509Certificate[] createRsaSha256CertificateChain(java.security.KeyPair pair) {
                        throw new IllegalStateException("it has one");
                    }
                },
                new DefaultServerCertificateValidator(trust, quarantine));
        return OpcUaServerConfig.builder()
                .setApplicationName(LocalizedText.english("plant"))
                .setApplicationUri(Certificates.URI)
                .setProductUri(Certificates.URI)
                .setCertificateManager(new DefaultCertificateManager(quarantine, group))
                .setIdentityValidator(new CompositeValidator(
                        AnonymousIdentityValidator.INSTANCE,
                        new UsernameIdentityValidator(
                                challenge -> challenge.getUsername().equals("press")
                                        && challenge.getPassword().equals("right-one"))))
                .setEndpoints(Set.of(
                        endpoint(SecurityPolicy.None, MessageSecurityMode.None),
                        endpoint(SecurityPolicy.Basic256Sha256, MessageSecurityMode.SignAndEncrypt)))
                .build();
    }

    private EndpointConfig endpoint(SecurityPolicy policy, MessageSecurityMode mode) {
        return EndpointConfig.newBuilder()
                .setTransportProfile(TransportProfile.TCP_UASC_UABINARY)
                .setBindAddress("127.0.0.1")
                .setBindPort(port)
                .setHostname("plant.invalid")
                .setPath("/plant")
                .setCertificate(certificates.own())
                .setSecurityPolicy(policy)
                .setSecurityMode(mode)
                .addTokenPolicies(
                        new UserTokenPolicy("anonymous", UserTokenType.Anonymous, null, null, null),
                        new UserTokenPolicy(
                                "user", UserTokenType.UserName, null, null, SecurityPolicy.Basic256Sha256.getUri()))
                .build();
    }

    void stop() {
        try {
            plant.shutdown();
            server.shutdown().get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Until somebody watches this many nodes. */
    void awaitWatchers(int count) {
        SourceProbe.until(() -> plant.items.size() >= count, () -> plant.items.size() + " watchers");
    }

    /** One row, all with this time. */
    void give(long time, float... row) {
        for (int i = 0; i < row.length; i++) {
            give(i, time, row[i], StatusCode.GOOD);
        }
    }

    void give(int node, long time, Object value, StatusCode status) {
        DataItem item = plant.items.get("v" + node);
        if (item != null) {
            item.setValue(new DataValue(Variant.of(value), status, new DateTime(time), DateTime.now()));
        }
    }

    static StatusCode bad() {
        return new StatusCode(StatusCodes.Bad_SensorFailure);
    }

    static StatusCode uncertain() {
        return new StatusCode(StatusCodes.Uncertain_LastUsableValue);
    }

    private static final class Plant extends ManagedNamespaceWithLifecycle {
        private final Map<String, DataItem> items = new ConcurrentHashMap<>();

        Plant(OpcUaServer server) {
            super(server, NAMESPACE);
            getLifecycleManager().addStartupTask(() -> {
                for (int i = 0; i < Recording.COLUMNS; i++) {
                    getNodeManager()
                            .addNode(new UaVariableNode.UaVariableNodeBuilder(getNodeContext())
                                    .setNodeId(newNodeId("v" + i))
                                    .setBrowseName(newQualifiedName("v" + i))
                                    .setDisplayName(LocalizedText.english("v" + i))
                                    .setDataType(NodeIds.Float)
                                    .build());
                }
            });
        }

        @Override
        public void onDataItemsCreated(List<DataItem> created) {
            created.forEach(item ->
                    items.put(item.getReadValueId().getNodeId().getIdentifier().toString(), item));
        }

        @Override
        public void onDataItemsModified(List<DataItem> modified) {}

        @Override
        public void onDataItemsDeleted(List<DataItem> deleted) {
            deleted.forEach(item -> items.remove(
                    item.getReadValueId().getNodeId().getIdentifier().toString(), item));
        }

        @Override
        public void onMonitoringModeChanged(List<MonitoredItem> changed) {}
    }

    @Override
    public void close() {
        stop();
    }
}
