/* log_unpack_zstd - Zstandard (RFC 8878) by libzstd. */
#include "log_unpack.h"

#include "log_unpack_zstd_begins.h"

#include <zstd.h>
#include <zstd_errors.h>

/* The largest window that is taken, 2^27 octets: what a frame asks for is memory, and the zstd
 * program too wants to be told (--long) before it gives more. */
#define WINDOW_LOG 27

static void *zstd_create(const char **why)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (context != NULL &&
        !ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG)))
        return context;
    (void)ZSTD_freeDCtx(context);
    *why = "not enough memory";
    return NULL;
}

static enum ctl_unpacked zstd_step(void *state, struct ctl_unpack_io *io, const char **why)
{
    ZSTD_inBuffer in = {io->in, io->in_len, io->in_at};
    ZSTD_outBuffer out = {io->out, io->out_cap, io->out_len};
    size_t left = ZSTD_decompressStream(state, &out, &in);
    io->in_at = in.pos;
    io->out_len = out.pos;
    if (left == 0)
        return CTL_UNPACKED_END;
    if (!ZSTD_isError(left))
        return CTL_UNPACKED_SOME;
    switch (ZSTD_getErrorCode(left)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        *why = "the Zstandard data wants a window of more than 128 MB; unpack it with "
               "zstd --long=31, and read that";
        return CTL_UNPACKED_FAILED;
    case ZSTD_error_memory_allocation:
        *why = "not enough memory";
        return CTL_UNPACKED_FAILED;
    default:
        *why = "the compressed data is damaged";
        return CTL_UNPACKED_BAD;
    }
}

static void zstd_destroy(void *state)
{
    (void)ZSTD_freeDCtx(state);
}

const struct ctl_unpack ctl_unpack_zstd = {zstd_begins, zstd_create, zstd_step, zstd_destroy};
