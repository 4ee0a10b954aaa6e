#include "ed25519.h"
#include "package.h"
#include "sha256.h"

skerry_package_status skerry_package_verify(const uint8_t *slot, const skerry_place *place, const skerry_key *keys,
                                            uint32_t key_count, skerry_package *package) {
    uint8_t digest[32];
    skerry_package_status status = skerry_package_read(slot, place, package);
    if (status != SKERRY_PACKAGE_VALID) {
        return status;
    }
    const uint8_t *trailer = slot + SKERRY_HEADER_BYTES + package->image_bytes;
    skerry_sha256(slot, SKERRY_HEADER_BYTES + package->image_bytes + SKERRY_SIGNED_TRAILER_BYTES, digest);
    if (!skerry_same_digest(digest, package->digest)) {
        return SKERRY_PACKAGE_DIGEST;
    }
    for (uint32_t i = 0; i < key_count; i++) {
        if (skerry_same_digest(keys[i].digest, trailer + 116)) {
            return skerry_ed25519_verify(trailer + 152, keys[i].key, digest, 32) ? SKERRY_PACKAGE_VALID
                                                                                 : SKERRY_PACKAGE_SIGNATURE;
        }
    }
    return SKERRY_PACKAGE_KEY;
}
