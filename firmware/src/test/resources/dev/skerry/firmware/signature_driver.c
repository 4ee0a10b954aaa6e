/* Answers questions from standard input: v is a signature to verify, s and S a message to hash. */
#include <stdio.h>
#include <stdlib.h>

#include "ed25519.h"
#include "sha256.h"
#include "sha512.h"

static void take(void *to, size_t bytes) {
    if (fread(to, 1, bytes, stdin) != bytes) {
        abort();
    }
}

int main(void) {
    int question;
    while ((question = getchar()) != EOF) {
        uint8_t key[32], signature[64], digest[64], length[4];
        if (question == 'v') {
            take(key, sizeof key);
            take(signature, sizeof signature);
        }
        take(length, sizeof length);
        size_t bytes = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
        /* of its exact size, so that a sanitizer sees a byte too far */
        uint8_t *message = malloc(bytes);
        take(message, bytes);
        if (question == 'v') {
            putchar(skerry_ed25519_verify(signature, key, message, bytes) ? 1 : 0);
        } else if (question == 's') {
            skerry_sha256(message, bytes, digest);
            fwrite(digest, 1, 32, stdout);
        } else {
            skerry_sha512 hash;
            skerry_sha512_start(&hash);
            for (size_t at = 0, piece = 1; at < bytes; at += piece, piece = piece * 3 % 157) {
                piece = piece < bytes - at ? piece : bytes - at;
                skerry_sha512_take(&hash, message + at, piece);
            }
            skerry_sha512_end(&hash, digest);
            fwrite(digest, 1, 64, stdout);
        }
        free(message);
    }
    return 0;
}
