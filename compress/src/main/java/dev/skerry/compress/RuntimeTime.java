package dev.skerry.compress;

import dev.skerry.measure.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How fast a form of the model is on a runtime. What wasn't measured is null.
 *
 * @param precision {@code float} or {@code int8}
 * @param reason why it wasn't measured; empty where it was
 * @param ratio time ÷ that of the float model on the runtime of the search, in alternation
 * @param agreementPercent decisions equal to those of the float model on the same runtime, on calibration samples
 */
public record RuntimeTime(
        String runtime,
        String precision,
        String reason,
        @Nullable Double p50Micros,
        @Nullable Double ratio,
        @Nullable Interval ratioInterval,
        @Nullable Double agreementPercent) {
    static final String FLOAT = "float";
    static final String INT8 = "int8";

    static RuntimeTime unmeasured(String runtime, String precision, String reason) {
        return new RuntimeTime(runtime, precision, reason, null, null, null, null);
    }

    public boolean isInt8() {
        return precision.equals(INT8);
    }

    Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("runtime", runtime);
        json.put("precision", precision);
        json.put("reason", reason);
        json.put("p50Micros", p50Micros);
        json.put("ratio", ratio);
        Interval interval = ratioInterval;
        json.put("ratioInterval", interval == null ? null : List.of(interval.low(), interval.high()));
        json.put("agreement", agreementPercent);
        return json;
    }
}
