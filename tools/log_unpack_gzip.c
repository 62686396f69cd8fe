/* log_unpack_gzip - gzip (RFC 1952) by zlib, which checks length and CRC of each member. */
#include "log_unpack.h"

#include <limits.h>
#include <stdlib.h>
#define ZLIB_CONST
#include <zlib.h>

struct gzip {
    z_stream stream;
    bool ended; /* a member is complete */
};

static bool gzip_begins(const unsigned char *octets, size_t count)
{
    return count >= 2 && octets[0] == 0x1f && octets[1] == 0x8b;
}

static void *gzip_create(const char **why)
{
    struct gzip *g = calloc(1, sizeof *g);
    if (g != NULL && inflateInit2(&g->stream, 16 + MAX_WBITS) == Z_OK)
        return g;
    free(g);
    *why = "not enough memory";
    return NULL;
}

static unsigned at_most_uint(size_t n)
{
    return n > UINT_MAX ? UINT_MAX : (unsigned)n;
}

static enum ctl_unpacked gzip_step(void *state, struct ctl_unpack_io *io, const char **why)
{
    struct gzip *g = state;
    z_stream *z = &g->stream;
    if (g->ended)
        (void)inflateReset(z);
    g->ended = false;
    z->next_in = io->in + io->in_at;
    z->avail_in = at_most_uint(io->in_len - io->in_at);
    z->next_out = io->out + io->out_len;
    z->avail_out = at_most_uint(io->out_cap - io->out_len);
    int result = inflate(z, Z_NO_FLUSH);
    io->in_at = (size_t)(z->next_in - io->in);
    io->out_len = (size_t)(z->next_out - io->out);
    g->ended = result == Z_STREAM_END;
    if (g->ended)
        return CTL_UNPACKED_END;
    if (result == Z_OK || result == Z_BUF_ERROR)
        return CTL_UNPACKED_SOME;
    *why = result == Z_MEM_ERROR ? "not enough memory" : "the compressed data is damaged";
    return result == Z_MEM_ERROR ? CTL_UNPACKED_FAILED : CTL_UNPACKED_BAD;
}

static void gzip_destroy(void *state)
{
    struct gzip *g = state;
    if (g == NULL)
        return;
    (void)inflateEnd(&g->stream);
    free(g);
}

const struct ctl_unpack ctl_unpack_gzip = {gzip_begins, gzip_create, gzip_step, gzip_destroy};
