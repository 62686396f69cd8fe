/* fuzz_body - body hashes, for any cut of a body into chunks and any lengths, beside the slow
 * reference of the unit tests.
 *
 * Input: number of wants; of each an octet (canonicalisation, digest, limited) and a length in
 * two; how often the body is repeated; number of sizes of chunks, and those; the body.
 */
#include "body_reference.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define WANTS 8
#define SIZES 8
#define BODY_MOST 40000 /* more than the buffer of bodyhash.c twice */

struct one {
    struct fx_bodyhash_want want;
    size_t handle;
};

static struct one next_want(struct fuzz_input *in)
{
    unsigned bits = fuzz_octet(in);
    struct one one = {.want = {.canon = bits & 1 ? FX_CANON_RELAXED : FX_CANON_SIMPLE,
                               .digest = bits & 2 ? FX_BODY_SHA1 : FX_BODY_SHA256,
                               .limited = (bits & 4) != 0}};
    one.want.length = fuzz_two(in);
    return one;
}

/* Small chunks as they are, larger ones in steps: buffers are to be crossed as well. */
static size_t chunk_size(unsigned octet)
{
    return octet < 96 ? octet : (size_t)(octet - 95) * 411;
}

static struct fx_slice repeated(struct fx_slice piece, unsigned times)
{
    if (piece.len > 0 && piece.len * times > BODY_MOST)
        times = (unsigned)(BODY_MOST / piece.len);
    times = times > 0 ? times : 1;
    char *all = malloc(piece.len * times + 1);
    HOLDS(all != NULL);
    for (unsigned i = 0; i < times; i++)
        memcpy(all + i * piece.len, piece.ptr, piece.len);
    return fx_slice(all, piece.len * times);
}

/* Each chunk in memory of its own, which ends where it does. */
static void feed(struct fx_bodyhash *b, struct fx_slice body, const size_t *sizes, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; at < body.len; i++) {
        /* nothing but empty chunks would not end */
        size_t n = i < 1000 ? sizes[i % count] : body.len;
        struct fx_slice chunk = fx_slice_first(fx_slice_from(body, at), n);
        char *copy = malloc(chunk.len + 1);
        HOLDS(copy != NULL);
        memcpy(copy + 1, chunk.ptr, chunk.len);
        fx_bodyhash_body(b, fx_slice(copy + 1, chunk.len));
        free(copy);
        at += chunk.len;
    }
    fx_bodyhash_end(b);
}

static void compare(const struct fx_bodyhash *b, const struct one *one,
                    struct fx_slice canonical)
{
    unsigned char is[FX_BODYHASH_MAX], should[FX_BODYHASH_MAX];
    HOLDS(body_reference_digest(one->want.digest, canonical.ptr, canonical.len, &one->want,
                                should));
    HOLDS(fx_bodyhash_digest(b, one->handle, is));
    HOLDS(memcmp(is, should, sizeof is) == 0);
    HOLDS(fx_bodyhash_octets(b, one->want.canon) == canonical.len);
}

static void compare_all(const struct fx_bodyhash *b, const struct one *wants, size_t count,
                        struct fx_slice body)
{
    for (size_t canon = 0; canon < FX_CANON_COUNT; canon++) {
        size_t size;
        char *canonical = body_reference((enum fx_canon)canon, body, &size);
        HOLDS(canonical != NULL);
        for (size_t i = 0; i < count; i++)
            if (wants[i].want.canon == canon)
                compare(b, &wants[i], fx_slice(canonical, size));
        free(canonical);
    }
}

FUZZ_TARGET(body)
{
    static struct fx_bodyhash *b; /* one for all, as messages have it */
    struct fuzz_input in = {(const char *)data, size};
    struct one wants[WANTS];
    size_t sizes[SIZES];
    size_t count = 1 + fuzz_octet(&in) % WANTS;
    if (b == NULL)
        b = fx_bodyhash_create();
    HOLDS(b != NULL);
    fx_bodyhash_reset(b);
    for (size_t i = 0; i < count; i++) {
        wants[i] = next_want(&in);
        HOLDS(fx_bodyhash_want(b, &wants[i].want, &wants[i].handle));
    }
    unsigned times = 1 + fuzz_octet(&in);
    size_t size_count = 1 + fuzz_octet(&in) % SIZES;
    for (size_t i = 0; i < size_count; i++)
        sizes[i] = chunk_size(fuzz_octet(&in));
    struct fx_slice piece = fuzz_rest(&in), body = repeated(piece, times);
    feed(b, body, sizes, size_count);
    compare_all(b, wants, count, body);
    free((void *)(uintptr_t)body.ptr);
    free((void *)(uintptr_t)piece.ptr);
}
