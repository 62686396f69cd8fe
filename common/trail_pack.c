/* trail_pack - values as bytes; see trail_parts.h. */
#include "trail_parts.h"

#include <string.h>

void fx_pack_number(struct fx_text *t, uint64_t n, unsigned octets)
{
    for (unsigned i = octets; i > 0; i--)
        fx_text_add_char(t, (char)(unsigned char)(n >> (8 * (i - 1))));
}

void fx_pack_octets(struct fx_text *t, const void *octets, size_t count)
{
    fx_text_add(t, fx_slice(octets, count));
}

void fx_pack_word(struct fx_text *t, const char *word)
{
    struct fx_slice s = fx_slice_first(fx_slice_str(word), UINT8_MAX);
    fx_pack_number(t, s.len, 1);
    fx_text_add(t, s);
}

void fx_unpack_octets(struct fx_unpack *u, void *out, size_t count)
{
    if (!u->good || u->rest.len < count) {
        u->good = false;
        memset(out, 0, count);
        return;
    }
    if (count > 0)
        memcpy(out, u->rest.ptr, count);
    u->rest = fx_slice_from(u->rest, count);
}

uint64_t fx_unpack_number(struct fx_unpack *u, unsigned octets)
{
    unsigned char bytes[8];
    uint64_t n = 0;
    fx_unpack_octets(u, bytes, octets);
    for (unsigned i = 0; i < octets; i++)
        n = n << 8 | bytes[i];
    return n;
}

void fx_unpack_word(struct fx_unpack *u, char *out, size_t cap)
{
    size_t len = (size_t)fx_unpack_number(u, 1);
    if (len >= cap)
        u->good = false;
    out[0] = '\0';
    if (!u->good)
        return;
    fx_unpack_octets(u, out, len);
    out[u->good ? len : 0] = '\0';
}
