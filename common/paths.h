/* paths - where profiles are looked for. Pure: the environment is the caller's to read. */
#ifndef FX_PATHS_H
#define FX_PATHS_H

#include "slice.h"

#define FX_PATHS_MAX 16

struct fx_paths {
    const char *dirs[FX_PATHS_MAX + 1]; /* NULL-terminated; a later folder wins */
    char *owned;                        /* what dirs points into, or NULL */
};

/* The shipped folder and the site's; `path` (the value of FIXUP_PROFILE_PATH, folders separated by
 * colons, empty ones passed over) replaces both when it is neither NULL nor empty. false: no
 * memory. */
bool fx_paths_profiles(struct fx_paths *paths, const char *path);
void fx_paths_finish(struct fx_paths *paths);

#endif
