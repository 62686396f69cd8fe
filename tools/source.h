/* source - walks the PATHs of a command line down to single messages and transcripts.
 *
 * A regular file is an mbox when it starts like one, a transcript when its name ends in
 * ".smtp", else a message. A folder with "cur" and "new" is a Maildir: these two are read, its
 * "tmp" and the files beside them are not. Any other folder is read in the order of its names,
 * deeper ones too; names with a dot in front are passed over unless they are Maildirs in a
 * Maildir. "-" is standard input, told by its first lines. Inside folders symbolic links to
 * folders are not followed and special files are not read. Not thread-safe.
 */
#ifndef FX_SOURCE_H
#define FX_SOURCE_H

#include "exits.h"
#include "slice.h"

enum ctl_kind { CTL_MESSAGE, CTL_MBOX_MESSAGE, CTL_TRANSCRIPT };

struct ctl_item {
    enum ctl_kind kind;
    const char *name;      /* PATH, for a message of an mbox PATH#N, N from 1 */
    struct fx_slice bytes; /* of a message: with at least one header field */
};

struct ctl_source_handler {
    /* false: stop. All is borrowed for the call. */
    bool (*item)(void *arg, const struct ctl_item *item);
    /* What cannot be read, and the exit code that says so; the walk goes on. */
    void (*trouble)(void *arg, const char *name, const char *what, enum ctl_exit code);
    void *arg;
};

/* false: the handler said stop. */
bool ctl_source_walk(const char *path, const struct ctl_source_handler *handler);

#endif
