/* log_unpack_zstd_begins - how Zstandard data is told from text, in a build with and without
 * libzstd.
 */
#ifndef FX_LOG_UNPACK_ZSTD_BEGINS_H
#define FX_LOG_UNPACK_ZSTD_BEGINS_H

#include <stdbool.h>
#include <stddef.h>

/* The magic number of a frame, or of one to be skipped (RFC 8878 sections 3.1.1 and 3.1.2). */
static inline bool zstd_begins(const unsigned char *octets, size_t count)
{
    if (count < 4)
        return false;
    if (octets[0] == 0x28 && octets[1] == 0xb5 && octets[2] == 0x2f && octets[3] == 0xfd)
        return true;
    return (octets[0] & 0xf0) == 0x50 && octets[1] == 0x2a && octets[2] == 0x4d &&
           octets[3] == 0x18;
}

#endif
