/* trail_parts - what is kept of one message, as bytes and as values; for trail*.c and their
 * tests.
 *
 * Bytes that cannot be read, be they cut, of another version or somebody else's, are nothing:
 * what was known is forgotten, and no more.
 */
#ifndef FX_TRAIL_PARTS_H
#define FX_TRAIL_PARTS_H

#include "trail.h"

/* Octets written one after the other, numbers most significant first. */
void fx_pack_number(struct fx_text *t, uint64_t n, unsigned octets);
void fx_pack_word(struct fx_text *t, const char *word); /* up to 255 octets */
void fx_pack_octets(struct fx_text *t, const void *octets, size_t count);

/* Read back; `good` falls to false where there are fewer octets than wanted, and stays. */
struct fx_unpack {
    struct fx_slice rest;
    bool good;
};
uint64_t fx_unpack_number(struct fx_unpack *u, unsigned octets);
void fx_unpack_word(struct fx_unpack *u, char *out,
                    size_t cap); /* NUL-terminated; too long: bad */
void fx_unpack_octets(struct fx_unpack *u, void *out, size_t count);

/* Where a step puts what is known by it; made empty at the beginning of each. */
#define FX_TRAIL_ANSWERS 16
struct fx_trail_work {
    const struct fx_sighting *sighting; /* NULL: only the time has passed */
    const struct fx_trail_terms *terms;
    int64_t now;
    struct fx_text bytes; /* of the fresh value */
    bool failed;          /* no memory, or too large */
    struct fx_later answers[FX_TRAIL_ANSWERS];
    size_t answer_count;
};

/* The steps of the store (state.h), arg a struct fx_trail_work. */
fx_state_step fx_delivery_step; /* copies of a message that was taken */
fx_state_step fx_refusal_step;  /* recipients refused by 452, of a message that was sent */
fx_state_step fx_given_up_step; /* the same, of one that was not */

#endif
