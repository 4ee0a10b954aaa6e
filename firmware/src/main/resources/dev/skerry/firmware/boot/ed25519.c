#include "ed25519.h"

#include "sha512.h"

/*
 * Numbers are eight words, the lowest first. A field element is a number below 2^256 that stands for its remainder modulo
 * p = 2^255 - 19, so 2^256 folds back as 38; only where bytes or equality matter is it brought below p.
 */
typedef uint32_t number[8];

/* (X : Y : Z : T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, section 5.1.4). */
typedef struct {
    number x, y, z, t;
} point;

static const number prime = {0xffffffedU, 0xffffffffU, 0xffffffffU, 0xffffffffU,
                             0xffffffffU, 0xffffffffU, 0xffffffffU, 0x7fffffffU};
/* L, the order of the base point. */
static const number order = {0x5cf5d3edU, 0x5812631aU, 0xa2f79cd6U, 0x14def9deU, 0, 0, 0, 0x10000000U};
/* d = -121665/121666 of the curve -x^2 + y^2 = 1 + d x^2 y^2. */
static const number curve = {0x135978a3U, 0x75eb4dcaU, 0x4141d8abU, 0x00700a4dU,
                             0x7779e898U, 0x8cc74079U, 0x2b6ffe73U, 0x52036ceeU};
/* A square root of -1. */
static const number root = {0x4a0ea0b0U, 0xc4ee1b27U, 0xad2fe478U, 0x2f431806U,
                            0x3dfbd7a7U, 0x2b4d0099U, 0x4fc1df0bU, 0x2b832480U};
static const number one = {1, 0, 0, 0, 0, 0, 0, 0};
static const point base = {{0x8f25d51aU, 0xc9562d60U, 0x9525a7b2U, 0x692cc760U, 0xfdd6dc5cU, 0xc0a4e231U, 0xcd6e53feU,
                            0x216936d3U},
                           {0x66666658U, 0x66666666U, 0x66666666U, 0x66666666U, 0x66666666U, 0x66666666U, 0x66666666U,
                            0x66666666U},
                           {1, 0, 0, 0, 0, 0, 0, 0},
                           {0xa5b7dda3U, 0x6dde8ab3U, 0x775152f5U, 0x20f09f80U, 0x64abe37dU, 0x66ea4e8eU, 0xd78b7665U,
                            0x67875f0fU}};

static void copy(number to, const number from) {
    for (unsigned i = 0; i < 8; i++) {
        to[i] = from[i];
    }
}

/* r = a - b modulo 2^256; gives 1 where b is the larger. */
static uint32_t difference(number r, const number a, const number b) {
    uint32_t borrow = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint64_t word = (uint64_t)a[i] - b[i] - borrow;
        r[i] = (uint32_t)word;
        borrow = (uint32_t)(word >> 63);
    }
    return borrow;
}

/* r += 38 x over, for what lies above 2^256. */
static void fold(number r, uint32_t over) {
    uint64_t carry = (uint64_t)over * 38;
    for (unsigned i = 0; i < 8; i++) {
        carry += r[i];
        r[i] = (uint32_t)carry;
        carry >>= 32;
    }
    /* after an overflow r is small, and 38 more do not carry */
    r[0] += (uint32_t)carry * 38;
}

static void add(number r, const number a, const number b) {
    uint64_t carry = 0;
    for (unsigned i = 0; i < 8; i++) {
        carry += (uint64_t)a[i] + b[i];
        r[i] = (uint32_t)carry;
        carry >>= 32;
    }
    fold(r, (uint32_t)carry);
}

static void subtract(number r, const number a, const number b) {
    /* each borrow took 2^256, which is 38; the second time r is large, and there is no third */
    uint32_t borrow = difference(r, a, b);
    while (borrow != 0) {
        const number excess = {38, 0, 0, 0, 0, 0, 0, 0};
        borrow = difference(r, r, excess);
    }
}

/* One word of a row: to[j] + factor x b[j] + carry, which is less than 2^64. */
#define STEP(j)                                                 \
    word = (uint64_t)factor * b[j] + to[j] + carry;             \
    to[j] = (uint32_t)word;                                     \
    carry = (uint32_t)(word >> 32);

/* to += factor x b; gives what is above. Written out, as nearly all time is spent here. */
static uint32_t row(uint32_t *to, const number b, uint32_t factor) {
    uint64_t word;
    uint32_t carry = 0;
    STEP(0)
    STEP(1)
    STEP(2)
    STEP(3)
    STEP(4)
    STEP(5)
    STEP(6)
    STEP(7)
    return carry;
}

static void multiply(number r, const number a, const number b) {
    uint32_t product[16];
    for (unsigned i = 0; i < 8; i++) {
        product[i] = 0;
    }
    for (unsigned i = 0; i < 8; i++) {
        product[i + 8] = row(product + i, b, a[i]);
    }
    /* 2^256 is 38 */
    uint32_t over = row(product, product + 8, 38);
    copy(r, product);
    fold(r, over);
}

/* r = a^(2^squarings) x b */
static void raise(number r, const number a, unsigned squarings, const number b) {
    number power;
    copy(power, a);
    for (; squarings > 0; squarings--) {
        multiply(power, power, power);
    }
    multiply(r, power, b);
}

/* r = a^(2^250 - 1), by way of a^(2^n - 1) for n = 2, 4, 5, 10, 20, 40, 50, 100, 200. */
static void raise_far(number r, const number a) {
    number ten, fifty;
    raise(r, a, 1, a);
    raise(r, r, 2, r);
    raise(r, r, 1, a);
    raise(ten, r, 5, r);
    raise(r, ten, 10, ten);
    raise(r, r, 20, r);
    raise(fifty, r, 10, ten);
    raise(r, fifty, 50, fifty);
    raise(r, r, 100, r);
    raise(r, r, 50, fifty);
}

/* r = 1/a = a^(p - 2), and p - 2 = 2^5 (2^250 - 1) + 11; zero for zero. */
static void invert(number r, const number a) {
    number eleventh, far;
    raise(eleventh, a, 2, a);
    raise(eleventh, eleventh, 1, a);
    raise_far(far, a);
    raise(r, far, 5, eleventh);
}

/* Brings a below p. */
static void reduce(number a) {
    number less;
    uint32_t over = a[7] >> 31;
    a[7] &= 0x7fffffffU;
    uint64_t carry = (uint64_t)over * 19;
    for (unsigned i = 0; i < 8; i++) {
        carry += a[i];
        a[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (difference(less, a, prime) == 0) {
        copy(a, less);
    }
}

/* Whether a and b stand for the same. */
static bool same(const number a, const number b) {
    number rest;
    uint32_t bits = 0;
    subtract(rest, a, b);
    reduce(rest);
    for (unsigned i = 0; i < 8; i++) {
        bits |= rest[i];
    }
    return bits == 0;
}

static void load(number r, const uint8_t bytes[32]) {
    for (unsigned i = 0; i < 8; i++, bytes += 4) {
        r[i] = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    }
}

/* r = p + q; complete, so that p and q may be equal or neutral. r may be p or q. */
static void sum(point *r, const point *p, const point *q) {
    number a, b, c, d, e;
    subtract(a, p->y, p->x);
    subtract(b, q->y, q->x);
    multiply(a, a, b);
    add(b, p->y, p->x);
    add(c, q->y, q->x);
    multiply(b, b, c);
    multiply(c, p->t, q->t);
    multiply(c, c, curve);
    add(c, c, c);
    multiply(d, p->z, q->z);
    add(d, d, d);
    subtract(e, b, a);
    add(b, b, a);
    subtract(a, d, c);
    add(c, d, c);
    multiply(r->x, e, a);
    multiply(r->y, c, b);
    multiply(r->z, a, c);
    multiply(r->t, e, b);
}

/* p = 2p */
static void twice(point *p) {
    number e, f, g, h;
    multiply(f, p->x, p->x);
    multiply(h, p->y, p->y);
    add(e, p->x, p->y);
    multiply(e, e, e);
    subtract(g, f, h);
    add(h, f, h);
    subtract(e, h, e);
    multiply(f, p->z, p->z);
    add(f, f, f);
    add(f, f, g);
    multiply(p->x, e, f);
    multiply(p->y, g, h);
    multiply(p->z, f, g);
    multiply(p->t, e, h);
}

/* Section 5.1.3; false where the bytes are not the one encoding of a point. */
static bool decode(point *p, const uint8_t bytes[32]) {
    number u, v, w, rest;
    uint32_t sign = bytes[31] >> 7;
    load(p->y, bytes);
    p->y[7] &= 0x7fffffffU;
    if (difference(rest, p->y, prime) == 0) {
        return false;
    }
    copy(p->z, one);
    multiply(u, p->y, p->y);
    multiply(v, u, curve);
    subtract(u, u, one); /* x^2 = u/v = (y^2 - 1)/(d y^2 + 1) */
    add(v, v, one);
    /* x = u v^3 (u v^7)^((p - 5)/8), and (p - 5)/8 = 2^2 (2^250 - 1) + 1 */
    multiply(w, v, v);
    multiply(w, w, v);
    multiply(p->x, u, w);
    multiply(w, w, w);
    multiply(w, w, v);
    multiply(w, w, u);
    raise_far(rest, w);
    raise(w, rest, 2, w);
    multiply(p->x, p->x, w);
    multiply(w, p->x, p->x);
    multiply(w, w, v);
    if (!same(w, u)) {
        multiply(p->x, p->x, root);
        multiply(w, p->x, p->x);
        multiply(w, w, v);
        if (!same(w, u)) {
            return false;
        }
    }
    reduce(p->x);
    if ((p->x[0] & 1) != sign) {
        const number zero = {0, 0, 0, 0, 0, 0, 0, 0};
        if (same(p->x, zero)) {
            return false;
        }
        subtract(p->x, zero, p->x);
    }
    multiply(p->t, p->x, p->y);
    return true;
}

/* The remainder modulo L of a number of 64 bytes, bit by bit from the top. */
static void remainder_of(number r, const uint8_t bytes[64]) {
    number less;
    for (unsigned i = 0; i < 8; i++) {
        r[i] = 0;
    }
    for (unsigned bit = 512; bit-- > 0;) {
        uint32_t in = (uint32_t)bytes[bit / 8] >> (bit % 8) & 1;
        for (unsigned i = 0; i < 8; i++) {
            uint32_t out = r[i] >> 31;
            r[i] = r[i] << 1 | in;
            in = out;
        }
        if (difference(less, r, order) == 0) {
            copy(r, less);
        }
    }
}

bool skerry_ed25519_verify(const uint8_t signature[64], const uint8_t key[32], const uint8_t *message, size_t bytes) {
    skerry_sha512 hash;
    uint8_t digest[64];
    number s, k, scratch;
    point minus, both, at;
    load(s, signature + 32);
    if (difference(scratch, s, order) == 0 || !decode(&minus, key)) {
        return false;
    }
    at = minus;
    for (unsigned i = 0; i < 3; i++) {
        twice(&at);
    }
    if (same(at.y, at.z)) { /* [8]A is neutral: y = 1 nowhere else */
        return false;
    }
    skerry_sha512_start(&hash);
    skerry_sha512_take(&hash, signature, 32);
    skerry_sha512_take(&hash, key, 32);
    skerry_sha512_take(&hash, message, bytes);
    skerry_sha512_end(&hash, digest);
    remainder_of(k, digest);

    /* [S]B + [k](-A), both at once */
    const number zero = {0, 0, 0, 0, 0, 0, 0, 0};
    subtract(minus.x, zero, minus.x);
    subtract(minus.t, zero, minus.t);
    sum(&both, &base, &minus);
    copy(at.x, zero);
    copy(at.y, one);
    copy(at.z, one);
    copy(at.t, zero);
    for (unsigned bit = 253; bit-- > 0;) {
        bool in_s = (s[bit / 32] >> bit % 32 & 1) != 0;
        bool in_k = (k[bit / 32] >> bit % 32 & 1) != 0;
        twice(&at);
        if (in_s || in_k) {
            sum(&at, &at, in_s && in_k ? &both : in_s ? &base : &minus);
        }
    }

    /* compared as bytes, so that R has one encoding too */
    invert(scratch, at.z);
    multiply(at.x, at.x, scratch);
    multiply(at.y, at.y, scratch);
    reduce(at.x);
    reduce(at.y);
    at.y[7] |= at.x[0] << 31;
    load(scratch, signature);
    uint32_t differing = 0;
    for (unsigned i = 0; i < 8; i++) {
        differing |= scratch[i] ^ at.y[i];
    }
    return differing == 0;
}
