/* source_bytes - the bytes of one file, or of standard input, in memory.
 *
 * Files are read, so that one that is cut short meanwhile does no harm; only large ones are
 * mapped.
 */
#ifndef FX_SOURCE_BYTES_H
#define FX_SOURCE_BYTES_H

#include "slice.h"

struct ctl_bytes {
    char *data;
    size_t len;
    bool mapped;
};

/* 0, or an errno value; EFTYPE has no name in POSIX, so a file that is no regular one gives
 * EINVAL. The caller finishes *bytes either way. */
int ctl_bytes_read_file(const char *path, struct ctl_bytes *bytes);
/* EFBIG: more than is taken from a stream. */
int ctl_bytes_read_stream(int fd, struct ctl_bytes *bytes);
void ctl_bytes_finish(struct ctl_bytes *bytes);

#endif
