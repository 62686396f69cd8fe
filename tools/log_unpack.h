/* log_unpack - compressed data, step by step: what log_reader knows of a format.
 *
 * One struct for each format; those that the build leaves out only tell their data apart. Not
 * thread-safe: one user for what create returned.
 */
#ifndef FX_LOG_UNPACK_H
#define FX_LOG_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

/* From in[in_at, in_len) to out[out_len, out_cap); a step moves in_at and out_len. */
struct ctl_unpack_io {
    const unsigned char *in;
    size_t in_len, in_at;
    unsigned char *out;
    size_t out_cap, out_len;
};

enum ctl_unpacked {
    CTL_UNPACKED_SOME,  /* more input or more room is needed */
    CTL_UNPACKED_END,   /* one member or frame is complete; another may follow */
    CTL_UNPACKED_BAD,   /* the data is damaged */
    CTL_UNPACKED_FAILED /* something else: no memory, a feature that is not here */
};

struct ctl_unpack {
    /* Do so many first octets of a member look like this format? 4 are enough to tell. */
    bool (*begins)(const unsigned char *octets, size_t count);
    /* NULL after setting *why (static): no memory, or not in this build. */
    void *(*create)(const char **why);
    /* Begins the next member by itself. *why (static) after BAD and FAILED. */
    enum ctl_unpacked (*step)(void *state, struct ctl_unpack_io *io, const char **why);
    void (*destroy)(void *state); /* NULL allowed */
};

extern const struct ctl_unpack ctl_unpack_gzip; /* RFC 1952 */
extern const struct ctl_unpack ctl_unpack_zstd; /* RFC 8878 */

#endif
