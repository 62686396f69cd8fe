/* log_reader - the lines of a compliance log, one file after the other, plain or compressed.
 *
 * What a file is, its first octets say, not its name: gzip (RFC 1952, members one after the
 * other), Zstandard (RFC 8878, likewise, where the build has it), else text. "-" is standard
 * input. Memory is bounded by the longest line that is taken, whatever the file; Zstandard
 * besides takes the window that a frame asks for, at most 128 MB. Not thread-safe.
 */
#ifndef FX_LOG_READER_H
#define FX_LOG_READER_H

#include "exits.h"
#include "slice.h"

#include <stdint.h>

/* The longest record (FX_RECORD_MAX) with all that is around it. */
#define CTL_LOG_LINE_MAX ((size_t)9 * 1024 * 1024)
/* What is kept of a line that is longer. */
#define CTL_LOG_LINE_HEAD ((size_t)4096)

struct ctl_log;

enum ctl_log_line {
    CTL_LOG_END,      /* nothing more */
    CTL_LOG_WHOLE,    /* a line, its line end (LF) taken off */
    CTL_LOG_TORN,     /* the last one, without a line end */
    CTL_LOG_TOO_LONG, /* passed over: `line` has its first octets, CTL_LOG_LINE_HEAD */
    CTL_LOG_TROUBLE   /* cannot be read on, and this line not whole; ctl_log_trouble says why.
                         END is next */
};

/* NULL after setting *code and *what (static, or of strerror): it cannot be opened. */
struct ctl_log *ctl_log_open(const char *path, enum ctl_exit *code, const char **what);
void ctl_log_close(struct ctl_log *log); /* NULL allowed */

/* The next line, borrowed until the next call; *number from 1. */
enum ctl_log_line ctl_log_next(struct ctl_log *log, struct fx_slice *line, uint64_t *number);
/* "the compressed data is damaged", "the compressed data ends early", ...; *code: FOUND where
 * it is the data, IO where it could not be read. */
const char *ctl_log_trouble(const struct ctl_log *log, enum ctl_exit *code);
/* Octets of the file taken so far, as they stand there, and of how many (0: not known): for
 * progress. */
void ctl_log_progress(const struct ctl_log *log, uint64_t *taken, uint64_t *of);

#endif
