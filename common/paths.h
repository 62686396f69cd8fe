/* paths - where profiles are looked for.
 *
 * The build says where they are installed: FX_PROFILE_DATADIR for those that ship,
 * FX_PROFILE_SYSCONFDIR for the site's own, which win. The environment variable
 * FIXUP_PROFILE_PATH replaces both; its value comes as an argument, so that nothing here reads
 * the environment. Pure and thread-safe.
 */
#ifndef FX_PATHS_H
#define FX_PATHS_H

#include <stdbool.h>

#define FX_PROFILE_PATH_VARIABLE "FIXUP_PROFILE_PATH"

/* Folders as config.h wants them: NULL-terminated, a later one before an earlier one. */
struct fx_profile_dirs {
    char **dirs; /* owned */
};

/* value: NULL or "" for the folders of the build, else folders separated by colons of which the
 * first wins, as in PATH (empty ones are passed over). false: no memory, *out untouched. */
bool fx_profile_dirs_init(const char *value, struct fx_profile_dirs *out);
void fx_profile_dirs_finish(struct fx_profile_dirs *dirs);

#endif
