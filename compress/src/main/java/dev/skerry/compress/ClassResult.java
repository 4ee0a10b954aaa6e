package dev.skerry.compress;

import dev.skerry.measure.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one class fares: its share of right answers under top-1 and top-5, else its part of the metric. In percent.
 *
 * @param label the class
 * @param count how many samples, boxes or pixels are of it
 * @param percent the chosen variant's; null where float is chosen
 * @param drop float minus variant, in points
 * @param dropInterval 95 %, paired
 */
public record ClassResult(
        int label,
        long count,
        double floatPercent,
        Interval floatInterval,
        @Nullable Double percent,
        @Nullable Interval interval,
        @Nullable Double drop,
        @Nullable Interval dropInterval) {

    /** Whether more is lost than chance explains. */
    public boolean isHurt() {
        return dropInterval != null && dropInterval.low() > 0;
    }

    /** Whether its samples can't tell the two apart. */
    public boolean isWithinNoise() {
        return dropInterval != null && dropInterval.low() <= 0 && dropInterval.high() >= 0;
    }

    Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("label", label);
        json.put("count", count);
        json.put("floatPercent", floatPercent);
        json.put("floatInterval", pair(floatInterval));
        json.put("percent", percent);
        json.put("interval", pair(interval));
        json.put("dropPercent", drop);
        json.put("dropInterval", pair(dropInterval));
        return json;
    }

    private static @Nullable List<Double> pair(@Nullable Interval interval) {
        return interval == null ? null : List.of(interval.low(), interval.high());
    }
}
