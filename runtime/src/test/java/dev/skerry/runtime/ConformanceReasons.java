package dev.skerry.runtime;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why values differ where they do, found by looking at them; and what depends on the machine instead of on the code. */
final class ConformanceReasons {
    /** ONNX Runtime changes the case of letters by the C++ locale en_US.UTF-8, which a slim system doesn't have. */
    private static final Pattern NEEDS_LOCALE = Pattern.compile("test_strnorm(?!.*nochangecase).*");

    private static final String LOCALE = "passes only where the system has the locale en_US.UTF-8";

    private static final Map<Pattern, String> CAUSES = new LinkedHashMap<>();

    static {
        cause("test_bernoulli.*", "random numbers, so no two implementations agree");
        cause("test_training_dropout.*", "random numbers, so no two implementations agree");
        cause("test_(dft|stft).*", "rounding, where expected is exactly 0");
        cause("test_cast.*FLOAT_to_STRING.*", "9 significant digits are printed, expected is NumPy's shortest form");
        cause("test_cast.*BFLOAT16.*", "the case stores bfloat16 as uint16");
        cause("test_qlinearmatmul_.*int8.*", "saturates at -128 where the expected value wraps around");
        cause("test_maxunpool_export_with_output_shape", "indices are of output_shape, expected of the inferred shape");
        cause(
                "test_resize_downsample_scales_.*_align_corners",
                "corners are aligned by the rounded size, expected by the fractional one");
        cause("test_averagepool_3d_.*ceil_mode_is_True", "another divisor at the border that ceil_mode adds");
    }

    private ConformanceReasons() {}

    private static void cause(String names, String reason) {
        CAUSES.put(Pattern.compile(names), reason);
    }

    static @Nullable String explain(String name, @Nullable String failure) {
        boolean ofLocale = NEEDS_LOCALE.matcher(name).matches();
        if (ofLocale && (failure == null || failure.contains("locale"))) {
            return LOCALE;
        }
        if (failure == null) {
            return null;
        }
        return CAUSES.entrySet().stream()
                .filter(cause -> cause.getKey().matcher(name).matches())
                .findFirst()
                .map(cause -> failure + " (" + cause.getValue() + ")")
                .orElse(failure);
    }
}
