/* log_unpack_no_zstd - Zstandard data in a build without libzstd: it says so. */
#include "log_unpack.h"

#include "log_unpack_zstd_begins.h"

static void *zstd_create(const char **why)
{
    *why = "this build does not read Zstandard data; unpack it with zstd, and read that";
    return NULL;
}

const struct ctl_unpack ctl_unpack_zstd = {zstd_begins, zstd_create, NULL, NULL};
