/* log_reader - the lines of a compliance log, one file after the other, plain or compressed.
 *
 * What a file is, its first octets say, not its name: gzip (RFC 1952, members one after the
 * other), Zstandard (RFC 8878, likewise, where the build has it), else text. "-" is standard
 * input. Memory is bounded by the longest line that is taken, whatever the file. Not
 * thread-safe.
 */
#ifndef FX_LOG_READER_H
#define FX_LOG_READER_H

#include "exits.h"
#include "slice.h"

#include <stdint.h>

/* The longest record (FX_RECORD_MAX) with all that is around it. */
#define CTL_LOG_LINE_MAX ((size_t)9 * 1024 * 1024)

struct ctl_log;

enum ctl_log_line {
    CTL_LOG_END,      /* nothing more */
    CTL_LOG_WHOLE,    /* a line, its line end (LF) taken off */
    CTL_LOG_TORN,     /* the last one, without a line end */
    CTL_LOG_TOO_LONG, /* passed over: `line` has its first octets, no more than 4096 */
    CTL_LOG_TROUBLE   /* cannot be read on: ctl_log_trouble says why; END is next */
};

/* NULL after setting *code and *what (static, or of strerror): it cannot be opened. */
struct ctl_log *ctl_log_open(const char *path, enum ctl_exit *code, const char **what);
void ctl_log_close(struct ctl_log *log);

/* The next line, borrowed until the next call; *number from 1. */
enum ctl_log_line ctl_log_next(struct ctl_log *log, struct fx_slice *line, uint64_t *number);
/* "the compressed data is damaged", ... */
const char *ctl_log_trouble(const struct ctl_log *log);
/* Octets of the file taken so far, as they stand there, and of how many (0: not known): for
 * progress. */
void ctl_log_progress(const struct ctl_log *log, uint64_t *taken, uint64_t *of);

#endif
