#include "sha256.h"

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98U, 0x71374491U, 0xb5c0fbcfU, 0xe9b5dba5U, 0x3956c25bU, 0x59f111f1U, 0x923f82a4U, 0xab1c5ed5U,
    0xd807aa98U, 0x12835b01U, 0x243185beU, 0x550c7dc3U, 0x72be5d74U, 0x80deb1feU, 0x9bdc06a7U, 0xc19bf174U,
    0xe49b69c1U, 0xefbe4786U, 0x0fc19dc6U, 0x240ca1ccU, 0x2de92c6fU, 0x4a7484aaU, 0x5cb0a9dcU, 0x76f988daU,
    0x983e5152U, 0xa831c66dU, 0xb00327c8U, 0xbf597fc7U, 0xc6e00bf3U, 0xd5a79147U, 0x06ca6351U, 0x14292967U,
    0x27b70a85U, 0x2e1b2138U, 0x4d2c6dfcU, 0x53380d13U, 0x650a7354U, 0x766a0abbU, 0x81c2c92eU, 0x92722c85U,
    0xa2bfe8a1U, 0xa81a664bU, 0xc24b8b70U, 0xc76c51a3U, 0xd192e819U, 0xd6990624U, 0xf40e3585U, 0x106aa070U,
    0x19a4c116U, 0x1e376c08U, 0x2748774cU, 0x34b0bcb5U, 0x391c0cb3U, 0x4ed8aa4aU, 0x5b9cca4fU, 0x682e6ff3U,
    0x748f82eeU, 0x78a5636fU, 0x84c87814U, 0x8cc70208U, 0x90befffaU, 0xa4506cebU, 0xbef9a3f7U, 0xc67178f2U,
};

/* And of the square roots of the first eight. */
static const uint32_t start[8] = {
    0x6a09e667U, 0xbb67ae85U, 0x3c6ef372U, 0xa54ff53aU, 0x510e527fU, 0x9b05688cU, 0x1f83d9abU, 0x5be0cd19U,
};

static uint32_t turn(uint32_t x, unsigned bits) { return x >> bits | x << (32 - bits); }

static void compress(uint32_t state[8], const uint8_t *block) {
    uint32_t w[16]; /* a window of the message schedule */
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned t = 0; t < 64; t++) {
        if (t < 16) {
            w[t] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 | (uint32_t)block[2] << 8 | block[3];
            block += 4;
        } else {
            uint32_t early = w[(t + 1) % 16];
            uint32_t late = w[(t + 14) % 16];
            w[t % 16] += (turn(early, 7) ^ turn(early, 18) ^ early >> 3) + w[(t + 9) % 16] +
                         (turn(late, 17) ^ turn(late, 19) ^ late >> 10);
        }
        uint32_t first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[t] + w[t % 16];
        uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void skerry_sha256(const uint8_t *message, size_t bytes, uint8_t digest[32]) {
    uint32_t state[8];
    uint8_t block[64];
    size_t rest = bytes;
    for (unsigned i = 0; i < 8; i++) {
        state[i] = start[i];
    }
    for (; rest >= 64; rest -= 64, message += 64) {
        compress(state, message);
    }
    /* what is left, a one, zeros, and the length in bits; in one block or two */
    for (unsigned i = 0; i < 64; i++) {
        block[i] = i < rest ? message[i] : i == rest ? 0x80 : 0;
    }
    if (rest >= 56) {
        compress(state, block);
        for (unsigned i = 0; i < 64; i++) {
            block[i] = 0;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        block[56 + i] = (uint8_t)((uint64_t)bytes << 3 >> (8 * (7 - i)));
    }
    compress(state, block);
    for (unsigned i = 0; i < 32; i++) {
        digest[i] = (uint8_t)(state[i / 4] >> (8 * (3 - i % 4)));
    }
}
