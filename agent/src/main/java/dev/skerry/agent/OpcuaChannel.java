package dev.skerry.agent;

import dev.skerry.pipeline.OpcuaSpec;
import dev.skerry.pipeline.Secret;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.OpcUaClientConfigBuilder;
import org.eclipse.milo.opcua.sdk.client.identity.UsernameProvider;
import org.eclipse.milo.opcua.stack.core.StatusCodes;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.security.CertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.DefaultClientCertificateValidator;
import org.eclipse.milo.opcua.stack.core.security.MemoryCertificateQuarantine;
import org.eclipse.milo.opcua.stack.core.security.MemoryTrustListManager;
import org.eclipse.milo.opcua.stack.core.security.SecurityPolicy;
import org.eclipse.milo.opcua.stack.core.types.builtin.LocalizedText;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned;
import org.eclipse.milo.opcua.stack.core.types.enumerated.MessageSecurityMode;
import org.eclipse.milo.opcua.stack.core.types.structured.EndpointDescription;
import org.eclipse.milo.opcua.stack.core.types.structured.UserTokenPolicy;
import org.eclipse.milo.opcua.stack.core.util.CertificateUtil;
import org.eclipse.milo.opcua.stack.core.util.EndpointUtil;
import org.jspecify.annotations.Nullable;

/** How one gets to an OPC UA server: the endpoint with the declared security, certificates, user. */
final class OpcuaChannel {
    private static final long PATIENCE_MILLIS = 5000;

    private final OpcuaSpec spec;
    private final SecurityPolicy policy;
    private final MessageSecurityMode mode;
    private final @Nullable String password;
    private final List<X509Certificate> trusted;
    private final List<X509Certificate> own;
    private final @Nullable KeyPair keys;

    OpcuaChannel(OpcuaSpec spec, Credentials credentials) {
        this.spec = spec;
        this.policy = switch (spec.policy()) {
            case NONE -> SecurityPolicy.None;
            case BASIC256SHA256 -> SecurityPolicy.Basic256Sha256;
            case AES128_SHA256_RSAOAEP -> SecurityPolicy.Aes128_Sha256_RsaOaep;
            case AES256_SHA256_RSAPSS -> SecurityPolicy.Aes256_Sha256_RsaPss;
        };
        this.mode = switch (spec.mode()) {
            case NONE -> MessageSecurityMode.None;
            case SIGN -> MessageSecurityMode.Sign;
            case SIGN_AND_ENCRYPT -> MessageSecurityMode.SignAndEncrypt;
        };
        Secret secret = spec.password();
        this.password = secret == null ? null : credentials.read(secret);
        String ca = spec.files().ca();
        String certificate = spec.files().certificate();
        String key = spec.files().key();
        this.trusted = ca == null ? List.of() : TlsMaterial.certificates(credentials.file(ca));
        this.own = certificate == null ? List.of() : TlsMaterial.certificates(credentials.file(certificate));
        this.keys = own.isEmpty() || key == null
                ? null
                : new KeyPair(own.getFirst().getPublicKey(), TlsMaterial.key(credentials.file(key)));
    }

    /** Asks the server for its endpoints and takes the one that was declared. */
    OpcUaClient create() throws UaException {
        return OpcUaClient.create(
                spec.endpoint(),
                this::endpoint,
                transport -> transport
                        .setConnectTimeout(Unsigned.uint(PATIENCE_MILLIS))
                        .setAcknowledgeTimeout(Unsigned.uint(PATIENCE_MILLIS)),
                this::configure);
    }

    private Optional<EndpointDescription> endpoint(List<EndpointDescription> offered) {
        EndpointDescription found = offered.stream()
                .filter(each -> policy.getUri().equals(each.getSecurityPolicyUri()) && each.getSecurityMode() == mode)
                .findFirst()
                .orElseThrow(() -> Problem.remote("network.opcua", "the server has no such security")
                        .at(spec.path())
                        .because("it has "
                                + offered.stream()
                                        .map(OpcuaChannel::security)
                                        .distinct()
                                        .toList())
                        .attempt("policy and mode of the source")
                        .toException());
        // servers name themselves as they are called at home; one goes where the declaration says
        URI address = URI.create(spec.endpoint());
        return Optional.of(EndpointUtil.updateUrl(found, address.getHost(), address.getPort()));
    }

    private static String security(EndpointDescription endpoint) {
        return String.valueOf(endpoint.getSecurityPolicyUri()).replaceFirst(".*#", "") + "/"
                + endpoint.getSecurityMode();
    }

    private void configure(OpcUaClientConfigBuilder config) {
        config.setApplicationName(LocalizedText.english("skerry"))
                .setApplicationUri(
                        own.isEmpty()
                                ? "urn:skerry:agent"
                                : CertificateUtil.getSanUri(own.getFirst()).orElse("urn:skerry:agent"))
                .setRequestTimeout(Unsigned.uint(PATIENCE_MILLIS))
                .setKeepAliveInterval(Unsigned.uint(PATIENCE_MILLIS))
                .setKeepAliveTimeout(Unsigned.uint(PATIENCE_MILLIS))
                .setKeepAliveFailuresAllowed(Unsigned.uint(1));
        CertificateValidator validator = validator();
        config.setCertificateValidator(validator);
        if (keys != null) {
            config.setKeyPair(keys)
                    .setCertificate(own.getFirst())
                    .setCertificateChain(own.toArray(X509Certificate[]::new));
        }
        String user = spec.user();
        if (user != null && password != null) {
            config.setIdentityProvider(new UsernameProvider(
                    user, () -> password.getBytes(StandardCharsets.UTF_8), validator, this::encrypted));
        }
    }

    private CertificateValidator validator() {
        if (trusted.isEmpty()) {
            // only without a policy, where there is no certificate to look at
            return new CertificateValidator.InsecureCertificateValidator();
        }
        var list = new MemoryTrustListManager();
        list.setTrustedCertificates(trusted);
        return new DefaultClientCertificateValidator(list, new MemoryCertificateQuarantine());
    }

    /** A password leaves encrypted or not at all. */
    private UserTokenPolicy encrypted(List<UserTokenPolicy> offered) {
        return offered.stream()
                .filter(each -> {
                    String uri = each.getSecurityPolicyUri();
                    String effective = uri == null || uri.isEmpty() ? policy.getUri() : uri;
                    return !SecurityPolicy.None.getUri().equals(effective);
                })
                .findFirst()
                .orElseThrow(() -> Problem.remote("network.opcua", "the server takes a password in clear only")
                        .at(spec.path())
                        .attempt("policy: basic256sha256 with certificates, where the server has it")
                        .toException());
    }

    Problem problem(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ProblemException known) {
                return known.problem();
            }
        }
        Problem problem =
                Problem.remote("network.opcua", "no connection to the server").at(spec.path());
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UaException ua && ua.getStatusCode().getValue() != StatusCodes.Bad_UnexpectedError) {
                problem = problem.because("it says: " + word(ua.getStatusCode()) + detail(failure));
                long code = ua.getStatusCode().getValue();
                return code == StatusCodes.Bad_UserAccessDenied || code == StatusCodes.Bad_IdentityTokenRejected
                        ? problem.attempt("user and passwordFile of this server")
                        : code == StatusCodes.Bad_CertificateUntrusted
                                ? problem.attempt("tls: {ca: …} with the server's certificate, and its trust in ours")
                                : problem.attempt("a look at the server and the network; it is tried again");
            }
        }
        return problem.because(NetworkCause.of(failure))
                .attempt("a look at the server and the network; it is tried again");
    }

    private static String detail(Throwable failure) {
        String bottom = NetworkCause.of(failure);
        return bottom.contains("status=") ? "" : " (" + bottom + ")";
    }

    Problem lost(String why) {
        return Problem.remote("network.opcua", "the subscription is lost")
                .at(spec.path())
                .because(why)
                .attempt("a look at the server and the network; it is tried again");
    }

    /** The name that the specification has for it. */
    static String word(StatusCode status) {
        return StatusCodes.lookup(status.getValue())
                .map(names -> names[0])
                .orElseGet(() -> "0x%08X".formatted(status.getValue()));
    }
}
