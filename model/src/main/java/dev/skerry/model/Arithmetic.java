package dev.skerry.model;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Elementwise operators on entries; of one operand where the ONNX operator takes one. */
enum Arithmetic {
    ADD,
    SUB,
    MUL,
    DIV,
    MOD,
    MIN,
    MAX,
    POW,
    EQUAL,
    LESS,
    LESSOREQUAL,
    GREATER,
    GREATEROREQUAL,
    AND,
    OR,
    XOR,
    NOT,
    NEG,
    ABS,
    FLOOR,
    CEIL,
    ROUND,
    SQRT,
    RELU,
    CAST;

    /** Below this a double holds every integer. */
    private static final double EXACT = 1L << 53;

    static @Nullable Arithmetic of(String operator) {
        String name = operator.toUpperCase(Locale.ROOT);
        for (Arithmetic arithmetic : values()) {
            if (arithmetic.name().equals(name)) {
                return arithmetic;
            }
        }
        return null;
    }

    /**
     * The result as an entry of a tensor of {@code element}.
     *
     * @param b ignored by operators of one operand
     */
    Entry apply(Entry a, Entry b, DataType element) {
        boolean real = isReal(element);
        boolean single = compareTo(NOT) >= 0;
        if (a instanceof Entry.Whole(Dim x) && single && x instanceof Dim.Symbolic) {
            // a size is a whole number, and never below zero
            return this == ABS && isPlain(x) || this == FLOOR || this == CEIL || this == ROUND || this == CAST
                    ? a
                    : Entry.UNKNOWN;
        }
        if (!single && a instanceof Entry.Whole(Dim x) && b instanceof Entry.Whole(Dim y)) {
            return x instanceof Dim.Known(long left) && y instanceof Dim.Known(long right) && !real
                    ? exact(left, right, element)
                    : whole(x, y, real);
        }
        Double left = number(a);
        Double right = single ? Double.valueOf(0) : number(b);
        if (left == null || right == null) {
            return Entry.UNKNOWN;
        }
        if (single && a instanceof Entry.Whole(Dim.Known(long exact)) && !real) {
            return exact(exact, exact, element);
        }
        double value = calculate(left, right);
        if (!real) {
            return element == DataType.BOOL
                    ? Entry.of(value != 0 ? 1 : 0)
                    : Math.abs(value) < EXACT ? held((long) value, element) : Entry.UNKNOWN;
        }
        return new Entry.Real(element == DataType.FLOAT ? (float) value : value);
    }

    /** Of integers, without a double in between, which has 53 bits of them. */
    private Entry exact(long a, long b, DataType element) {
        try {
            return switch (this) {
                case ADD -> held(Math.addExact(a, b), element);
                case SUB -> held(Math.subtractExact(a, b), element);
                case MUL -> held(Math.multiplyExact(a, b), element);
                case DIV -> b == 0 ? Entry.UNKNOWN : held(Math.divideExact(a, b), element);
                case MOD -> b == 0 ? Entry.UNKNOWN : held(Math.floorMod(a, b), element);
                case MIN -> held(Math.min(a, b), element);
                case MAX -> held(Math.max(a, b), element);
                case POW -> {
                    double power = Math.pow((double) a, (double) b);
                    yield Math.abs(power) < EXACT ? held((long) power, element) : Entry.UNKNOWN;
                }
                case EQUAL -> truth(a == b);
                case LESS -> truth(a < b);
                case LESSOREQUAL -> truth(a <= b);
                case GREATER -> truth(a > b);
                case GREATEROREQUAL -> truth(a >= b);
                case AND -> truth(a != 0 && b != 0);
                case OR -> truth(a != 0 || b != 0);
                case XOR -> truth((a != 0) != (b != 0));
                case NOT -> truth(a == 0);
                case NEG -> held(Math.negateExact(a), element);
                case ABS -> held(Math.absExact(a), element);
                case RELU -> held(Math.max(0, a), element);
                case CAST -> element == DataType.BOOL ? truth(a != 0) : held(a, element);
                case FLOOR, CEIL, ROUND -> held(a, element);
                case SQRT -> Entry.UNKNOWN;
            };
        } catch (ArithmeticException beyond) {
            return Entry.UNKNOWN;
        }
    }

    private static Entry truth(boolean value) {
        return Entry.of(value ? 1 : 0);
    }

    /** What doesn't fit into its type wraps around or is cut off, as the runtime has it, and isn't known here. */
    private static Entry held(long value, DataType element) {
        boolean fits = switch (element) {
            case INT64 -> true;
            case INT32 -> value == (int) value;
            case INT16 -> value == (short) value;
            case INT8 -> value == (byte) value;
            case UINT64 -> value >= 0;
            case UINT32 -> value >= 0 && value <= 0xFFFF_FFFFL;
            case UINT16 -> value >= 0 && value <= 0xFFFF;
            case UINT8 -> value >= 0 && value <= 0xFF;
            case BOOL -> value == 0 || value == 1;
            default -> false;
        };
        return fits ? Entry.of(value) : Entry.UNKNOWN;
    }

    private static boolean isReal(DataType element) {
        return switch (element) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
    }

    private static @Nullable Double number(Entry entry) {
        return switch (entry) {
            case Entry.Real(double value) -> Double.valueOf(value);
            case Entry.Whole(Dim.Known(long value)) -> Double.valueOf((double) value);
            case Entry.Whole _ -> null;
        };
    }

    /** A name as a model gives it, not a calculation: certainly not negative. */
    private static boolean isPlain(Dim dim) {
        return dim instanceof Dim.Symbolic(String name)
                && name.chars().noneMatch(c -> c == '-' || c == '/' || c == '(');
    }

    private Entry whole(Dim x, Dim y, boolean real) {
        return new Entry.Whole(
                switch (this) {
                    case ADD -> Dims.plus(x, y);
                    case SUB -> Dims.minus(x, y);
                    case MUL -> Dims.times(x, y);
                    case DIV ->
                        real && !Dims.is(y, 1)
                                ? Dims.quotient(java.util.List.of(x), java.util.List.of(y))
                                : Dims.over(x, y);
                    case MIN, MAX -> Dims.same(x, y) ? x : known(x, y);
                    case EQUAL -> Dims.same(x, y) ? Dim.of(1) : apart(x, y) || apart(y, x) ? Dim.of(0) : known(x, y);
                    default -> known(x, y);
                });
    }

    private static boolean apart(Dim a, Dim b) {
        return isPlain(a) && b instanceof Dim.Known(long value) && value < 0;
    }

    private Dim known(Dim x, Dim y) {
        if (!(x instanceof Dim.Known(long a)) || !(y instanceof Dim.Known(long b))) {
            return Dims.UNKNOWN;
        }
        return switch (this) {
            case MOD -> b == 0 ? Dims.UNKNOWN : Dim.of(Math.floorMod(a, b));
            case MIN -> Dim.of(Math.min(a, b));
            case MAX -> Dim.of(Math.max(a, b));
            default -> Dim.of((long) calculate((double) a, (double) b));
        };
    }

    private double calculate(double a, double b) {
        return switch (this) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MOD -> a - Math.floor(a / b) * b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case POW -> Math.pow(a, b);
            case EQUAL -> a == b ? 1 : 0;
            case LESS -> a < b ? 1 : 0;
            case LESSOREQUAL -> a <= b ? 1 : 0;
            case GREATER -> a > b ? 1 : 0;
            case GREATEROREQUAL -> a >= b ? 1 : 0;
            case AND -> a != 0 && b != 0 ? 1 : 0;
            case OR -> a != 0 || b != 0 ? 1 : 0;
            case XOR -> (a != 0) != (b != 0) ? 1 : 0;
            case NOT -> a == 0 ? 1 : 0;
            case NEG -> -a;
            case ABS -> Math.abs(a);
            case FLOOR -> Math.floor(a);
            case CEIL -> Math.ceil(a);
            case ROUND -> Math.rint(a);
            case SQRT -> Math.sqrt(a);
            case RELU -> Math.max(0, a);
            case CAST -> a;
        };
    }
}
