#include "fixed_point.h"
#include "kernels.h"

/* e^x between -1/4 and 0, by its Taylor series around -1/8; no integer bits. */
static int32_t exponential_of_quarter(int32_t a) {
    const int32_t middle = 1895147668;
    const int32_t third = 715827883;
    int32_t x = a + (1 << 28);
    int32_t x2 = skerry_high_product(x, x);
    int32_t x3 = skerry_high_product(x2, x);
    int32_t x4 = skerry_high_product(x2, x2);
    int32_t tail = skerry_shift_right(skerry_high_product(skerry_shift_right(x4, 2) + x3, third) + x2, 1);
    return middle + skerry_high_product(middle, x + tail);
}

/* e^x of a negative number with five integer bits, as a number with none. */
static int32_t exponential(int32_t x) {
    static const int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = 1 << 24;
    if (x == 0) {
        return INT32_MAX;
    }
    int32_t part = (x & (quarter - 1)) - quarter;
    int32_t result = exponential_of_quarter(part * 32);
    int32_t rest = part - x;
    for (int32_t i = 0; i < 7; i++) {
        if (((uint32_t)rest >> (24 + i)) & 1U) {
            result = skerry_high_product(result, powers[i]);
        }
    }
    return result;
}

/* 1 / (1 + x) of a number between 0 and 1 without integer bits, by Newton's method. */
static int32_t reciprocal_of_one_plus(int32_t a) {
    int64_t sum = (int64_t)a + INT32_MAX;
    int32_t half = (int32_t)((sum + (sum >= 0 ? 1 : -1)) / 2);
    int32_t x = 1515870810 + skerry_high_product(half, -1010580540);
    for (int32_t i = 0; i < 3; i++) {
        int32_t rest = (1 << 29) - skerry_high_product(half, x);
        x += skerry_shift_left(skerry_high_product(x, rest), 2);
    }
    return skerry_shift_left(x, 1);
}

static int32_t power(int32_t difference, int32_t multiplier, uint8_t shift) {
    return exponential(skerry_high_product(skerry_shift_left(difference, shift), multiplier));
}

void skerry_softmax(const int8_t *x, int8_t *y, uint32_t rows, uint32_t row, int32_t multiplier, uint8_t shift,
                    int32_t least_difference) {
    for (; rows > 0; rows--, x += row, y += row) {
        int32_t most = INT8_MIN;
        for (uint32_t i = 0; i < row; i++) {
            most = x[i] > most ? x[i] : most;
        }
        int32_t sum = 0;
        for (uint32_t i = 0; i < row; i++) {
            if (x[i] - most >= least_difference) {
                sum += skerry_shift_right(power(x[i] - most, multiplier, shift), 12);
            }
        }
        int headroom = 0;
        while (!(((uint32_t)sum << headroom) & 0x80000000U)) {
            headroom++;
        }
        /* where many share a row, nothing is left of any share */
        int bits = 12 - headroom + 31 - 8;
        int32_t reciprocal = reciprocal_of_one_plus((int32_t)(((uint32_t)sum << headroom) & 0x7fffffffU));
        for (uint32_t i = 0; i < row; i++) {
            int32_t share = 0;
            if (bits < 32 && x[i] - most >= least_difference) {
                int32_t part = skerry_high_product(reciprocal, power(x[i] - most, multiplier, shift));
                share = skerry_shift_right(part, bits);
            }
            y[i] = skerry_clamp(share + INT8_MIN, INT8_MIN, INT8_MAX);
        }
    }
}
