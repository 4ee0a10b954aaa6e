#include "package.h"

#define MAGIC 0x96f3b83dU

static uint32_t word(const uint8_t *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool zero(const uint8_t *at, uint32_t bytes) {
    uint32_t any = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        any |= at[i];
    }
    return any == 0;
}

/* Whether the entries of the trailer are those that it always has: each a type and a length, two bytes each. */
static bool has_form(const uint8_t *trailer) {
    static const struct {
        uint32_t offset, type_and_bytes;
    } entries[] = {
        {0, 0x6908U | SKERRY_SIGNED_TRAILER_BYTES << 16},
        {4, 0x0050U | 4U << 16},           /* counter */
        {12, 0x00a0U | 20U << 16},         /* target and slot */
        {36, 0x00a1U | 32U << 16},         /* bundle */
        {72, 0x6907U | 144U << 16},        /* what isn't */
        {76, 0x0010U | 32U << 16},         /* digest */
        {112, 0x0001U | 32U << 16},        /* key */
        {148, 0x0024U | 64U << 16},        /* signature */
    };
    for (unsigned i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (word(trailer + entries[i].offset) != entries[i].type_and_bytes) {
            return false;
        }
    }
    return true;
}

static bool is_target(const uint8_t name[16], const char *target) {
    bool ended = false;
    for (unsigned i = 0; i < 16; i++) {
        ended = ended || target[i] == '\0';
        if (name[i] != (ended ? 0 : (uint8_t)target[i])) {
            return false;
        }
    }
    return true;
}

skerry_package_status skerry_package_read(const uint8_t *slot, const skerry_place *place, skerry_package *package) {
    if (place->bytes < SKERRY_HEADER_BYTES + SKERRY_TRAILER_BYTES) {
        return SKERRY_PACKAGE_SIZE;
    }
    if (word(slot) != MAGIC) {
        return SKERRY_PACKAGE_EMPTY;
    }
    /* load address, then sizes of header and signed trailer, flags, and a field that is kept free */
    if (!zero(slot + 4, 4) || word(slot + 8) != (SKERRY_HEADER_BYTES | SKERRY_SIGNED_TRAILER_BYTES << 16) ||
        !zero(slot + 16, 4) || !zero(slot + 28, SKERRY_HEADER_BYTES - 28)) {
        return SKERRY_PACKAGE_MALFORMED;
    }
    package->image_bytes = word(slot + 12);
    if (package->image_bytes < 8 || package->image_bytes % 4 != 0 ||
        package->image_bytes > place->bytes - SKERRY_HEADER_BYTES - SKERRY_TRAILER_BYTES) {
        return SKERRY_PACKAGE_SIZE;
    }
    const uint8_t *trailer = slot + SKERRY_HEADER_BYTES + package->image_bytes;
    if (!has_form(trailer)) {
        return SKERRY_PACKAGE_MALFORMED;
    }
    package->major = slot[20];
    package->minor = slot[21];
    package->revision = (uint16_t)(slot[22] | slot[23] << 8);
    package->build = word(slot + 24);
    package->counter = word(trailer + 8);
    package->bundle = trailer + 40;
    package->digest = trailer + 80;
    if (!is_target(trailer + 16, place->target)) {
        return SKERRY_PACKAGE_TARGET;
    }
    return word(trailer + 32) == place->address ? SKERRY_PACKAGE_VALID : SKERRY_PACKAGE_SLOT;
}

bool skerry_package_newer(const skerry_package *a, const skerry_package *b) {
    if (a->major != b->major) {
        return a->major > b->major;
    }
    if (a->minor != b->minor) {
        return a->minor > b->minor;
    }
    if (a->revision != b->revision) {
        return a->revision > b->revision;
    }
    return a->build > b->build;
}

bool skerry_same_digest(const uint8_t *a, const uint8_t *b) {
    uint32_t differing = 0;
    for (unsigned i = 0; i < 32; i++) {
        differing |= (uint32_t)(a[i] ^ b[i]);
    }
    return differing == 0;
}

const char *skerry_package_reason(skerry_package_status status) {
    switch (status) {
    case SKERRY_PACKAGE_VALID:
        return "valid";
    case SKERRY_PACKAGE_EMPTY:
        return "empty";
    case SKERRY_PACKAGE_MALFORMED:
        return "not a package in its one form";
    case SKERRY_PACKAGE_SIZE:
        return "its size is impossible";
    case SKERRY_PACKAGE_TARGET:
        return "for another target";
    case SKERRY_PACKAGE_SLOT:
        return "linked for another slot";
    case SKERRY_PACKAGE_DIGEST:
        return "damaged: its digest differs";
    case SKERRY_PACKAGE_KEY:
        return "signed by nobody trusted";
    case SKERRY_PACKAGE_SIGNATURE:
        return "the signature is not by the key that it names";
    }
    return "unknown";
}
