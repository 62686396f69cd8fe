/* source - where the daemon's configuration comes from, to be read again the same way. */
#ifndef FXM_SOURCE_H
#define FXM_SOURCE_H

#include "config.h"

/* Everything here is borrowed for the life of the process. */
struct source {
    const char *file;
    const char *const *profile_dirs;
    const struct fx_config_override *override;
};

/* Reads configuration and profiles; every fault and every notice is said. NULL: there was a fault,
 * or no memory. The caller owns the configuration. */
struct fx_config *source_load(const struct source *source);

#endif
