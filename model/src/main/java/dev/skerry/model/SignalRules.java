package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fourier transforms. */
final class SignalRules {
    static final Map<String, Rule> RULES = Map.of("DFT", SignalRules::dft, "STFT", SignalRules::stft);

    private SignalRules() {}

    private static Dim half(Dim length) {
        return Dims.plus(Dims.over(length, Dim.of(2)), Dim.of(1));
    }

    private static void dft(Operation op) {
        List<Dim> x = op.dims(0);
        boolean axisInput = op.opset() >= 20;
        long[] given = op.has(2) ? op.longs(2) : new long[] {-2};
        if (x == null || axisInput && given == null) {
            op.set(0, op.element(0), x == null ? null : Dims.unknown(x.size()));
            return;
        }
        int axis = op.axis(axisInput && given != null ? given[0] : op.attribute("axis", 1), x.size());
        boolean oneSided = op.attribute("onesided", 0) != 0;
        boolean inverse = op.attribute("inverse", 0) != 0;
        Dim length = op.has(1) ? op.size(1) : x.get(axis);
        if (inverse && oneSided && !op.has(1)) {
            length = Dims.times(Dim.of(2), Dims.minus(length, Dim.of(1)));
        }
        List<Dim> y = new ArrayList<>(x);
        y.set(axis, oneSided && !inverse ? half(length) : length);
        y.set(x.size() - 1, Dim.of(oneSided && inverse ? 1 : 2));
        op.set(0, op.element(0), y);
    }

    private static void stft(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> window = op.dims(2);
        Dim frame = op.has(3) ? op.size(3) : window == null ? Dims.UNKNOWN : window.getFirst();
        Dim frames =
                x == null ? Dims.UNKNOWN : Dims.plus(Dims.over(Dims.minus(x.get(1), frame), op.size(1)), Dim.of(1));
        Dim bins = op.attribute("onesided", 1) != 0 ? half(frame) : frame;
        op.set(0, op.element(0), List.of(x == null ? Dims.UNKNOWN : x.getFirst(), frames, bins, Dim.of(2)));
    }
}
