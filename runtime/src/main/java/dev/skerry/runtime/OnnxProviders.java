package dev.skerry.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtHardwareDevice;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import ai.onnxruntime.providers.OrtTensorRTProviderOptions;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import dev.skerry.runtime.spi.ProviderDevice;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Execution providers of ONNX Runtime: those in libraries of their own, which are registered and asked for their devices, and those
 * that a build of ONNX Runtime contains, which are appended by name.
 */
final class OnnxProviders {
    private static final String SUFFIX = "executionprovider";

    private OnnxProviders() {}

    static void add(OrtEnvironment environment, OrtSession.SessionOptions settings, SessionOptions.Plugin plugin)
            throws OrtException {
        if (plugin.library() == null) {
            append(settings, plugin);
        } else {
            settings.addExecutionProvider(devices(environment, plugin), plugin.options());
        }
    }

    /** {@code QNNExecutionProvider}, {@code qnn} and {@code QNN} are one name. */
    static String canonical(String name) {
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
        return plain.endsWith(SUFFIX) && plain.length() > SUFFIX.length()
                ? plain.substring(0, plain.length() - SUFFIX.length())
                : plain;
    }

    static ProviderDevice described(OrtEpDevice device) {
        OrtHardwareDevice hardware = device.getDevice();
        return new ProviderDevice(
                device.getEpName(),
                device.getEpVendor(),
                device.getEpMetadata().getOrDefault("version", ""),
                hardware.getType().name().toLowerCase(Locale.ROOT),
                hardware.getVendor(),
                Integer.toUnsignedLong(hardware.getVendorId()),
                Integer.toUnsignedLong(hardware.getDeviceId()));
    }

    /** Devices of a provider; of one that is built in, those that ONNX Runtime lists for it, which may be none. */
    static List<OrtEpDevice> devices(OrtEnvironment environment, SessionOptions.Plugin plugin) throws OrtException {
        Path given = plugin.library();
        if (given == null) {
            requireBuiltIn(plugin);
            return environment.getEpDevices().stream()
                    .filter(device -> isMeant(device, plugin))
                    .toList();
        }
        Path library = given.toAbsolutePath().normalize();
        var problem = Problem.environment("runtime.plugin", "can't use the execution provider " + plugin.provider())
                .at(library.toString());
        if (!Files.isReadable(library)) {
            throw problem.because("no such library").toException();
        }
        List<OrtEpDevice> known = environment.getEpDevices();
        try {
            environment.registerExecutionProviderLibrary(library.toString(), library.toString());
        } catch (OrtException failure) {
            String cause = OnnxProblems.essential(OnnxProblems.text(failure));
            // the environment outlives sessions, so a second session finds the library in it
            if (!cause.contains("already registered")) {
                throw problem.because(cause)
                        .attempt("a plugin library built for ONNX Runtime " + environment.getVersion())
                        .attempt("LD_LIBRARY_PATH with the folder of the libraries that it needs")
                        .toException();
            }
        }
        List<OrtEpDevice> devices = environment.getEpDevices();
        List<OrtEpDevice> wanted =
                devices.stream().filter(device -> isMeant(device, plugin)).toList();
        if (wanted.isEmpty()) {
            List<String> names =
                    devices.stream().map(OrtEpDevice::getEpName).distinct().toList();
            var none = problem.because(
                    devices.size() == known.size()
                            ? "the library found no device for it; known are " + String.join(", ", names)
                            : "known are " + String.join(", ", names));
            throw Suggestion.nearest(plugin.provider(), names)
                    .map(near -> none.attempt("the provider " + near))
                    .orElse(none)
                    .toException();
        }
        return wanted;
    }

    private static boolean isMeant(OrtEpDevice device, SessionOptions.Plugin plugin) {
        return canonical(device.getEpName()).equals(canonical(plugin.provider()));
    }

    private static OrtProvider requireBuiltIn(SessionOptions.Plugin plugin) {
        Set<OrtProvider> present = OrtEnvironment.getAvailableProviders();
        Optional<OrtProvider> wanted = present.stream()
                .filter(provider -> canonical(provider.getName()).equals(canonical(plugin.provider())))
                .findFirst();
        return wanted.orElseThrow(() -> Problem.environment(
                        "runtime.plugin", "this ONNX Runtime has no execution provider " + plugin.provider())
                .because("it has " + present.stream().map(OrtProvider::getName).collect(Collectors.joining(", ")))
                .attempt("its library: --provider " + plugin.provider() + "=FILE.so")
                .attempt("-Donnxruntime.native.path with the folder of a build that contains it")
                .toException());
    }

    /** The older way, for builds of ONNX Runtime that contain the provider. */
    private static void append(OrtSession.SessionOptions settings, SessionOptions.Plugin plugin) throws OrtException {
        OrtProvider provider = requireBuiltIn(plugin);
        Map<String, String> options = plugin.options();
        switch (provider) {
            case CUDA -> {
                try (var cuda = new OrtCUDAProviderOptions()) {
                    for (Map.Entry<String, String> option : options.entrySet()) {
                        cuda.add(option.getKey(), option.getValue());
                    }
                    settings.addCUDA(cuda);
                }
            }
            case TENSOR_RT -> {
                try (var tensorRt = new OrtTensorRTProviderOptions()) {
                    for (Map.Entry<String, String> option : options.entrySet()) {
                        tensorRt.add(option.getKey(), option.getValue());
                    }
                    settings.addTensorrt(tensorRt);
                }
            }
            case OPEN_VINO -> {
                requireOptions(plugin, Set.of("device_type"));
                settings.addOpenVINO(options.getOrDefault("device_type", ""));
            }
            case QNN -> settings.addQnn(options);
            case CORE_ML -> settings.addCoreML(options);
            case XNNPACK -> settings.addXnnpack(options);
            case WEBGPU -> settings.addWebGPU(options);
            case DNNL -> {
                requireOptions(plugin, Set.of());
                settings.addDnnl(true);
            }
            case ACL -> {
                requireOptions(plugin, Set.of());
                settings.addACL(false);
            }
            case CPU, VITIS_AI, NNAPI, RK_NPU, DIRECT_ML, MI_GRAPH_X, ROCM, AZURE ->
                throw Problem.usage(
                                "runtime.plugin", "ONNX Runtime's Java interface doesn't append " + provider.getName())
                        .attempt("its plugin library: --provider " + plugin.provider() + "=FILE.so")
                        .toException();
        }
    }

    private static void requireOptions(SessionOptions.Plugin plugin, Set<String> known) {
        var unknown = new TreeSet<>(plugin.options().keySet());
        unknown.removeAll(known);
        if (!unknown.isEmpty()) {
            throw Problem.usage("runtime.plugin", "an option that can't be passed to the built-in " + plugin.provider())
                    .at(String.join(", ", unknown))
                    .because(known.isEmpty() ? "it takes none" : "it takes " + String.join(", ", known))
                    .attempt("the provider's plugin library, which takes all of its options")
                    .toException();
        }
    }
}
