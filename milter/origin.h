/* origin - where the daemon's configuration comes from, to be read again the same way. */
#ifndef FXM_ORIGIN_H
#define FXM_ORIGIN_H

#include "config.h"
#include "paths.h"

struct origin {
    char *file;                         /* owned */
    struct fx_profile_dirs folders;     /* owned */
    struct fx_config_override override; /* strings borrowed for the life of the process */
};

/* Copies what it is given and makes relative paths absolute, so that the daemon finds the same
 * places from another working directory; links are left to be followed each time. false: no
 * memory, or no working directory. */
bool origin_init(struct origin *origin, const char *file, const char *folders,
                 const char *socket);
void origin_finish(struct origin *origin);

/* Reads configuration and profiles; every fault and every notice is said. NULL: there was a
 * fault, everybody may write to one of the files, or no memory; the first of that is added to
 * *first (NULL: nobody asks), at most 480 octets of it. The caller owns the configuration. */
struct fx_config *origin_load(const struct origin *origin, struct fx_text *first);

#endif
