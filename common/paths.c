/* paths - see paths.h. */
#include "paths.h"

#include <stdlib.h>
#include <string.h>

bool fx_paths_profiles(struct fx_paths *paths, const char *path)
{
    *paths = (struct fx_paths){.dirs = {FX_PROFILE_DATADIR, FX_PROFILE_SYSCONFDIR}};
    if (path == NULL || path[0] == '\0')
        return true;
    size_t size = strlen(path) + 1, count = 0;
    char *copy = malloc(size);
    if (copy == NULL)
        return false;
    memcpy(copy, path, size);
    *paths = (struct fx_paths){.owned = copy};
    for (char *at = copy; at != NULL && count < FX_PATHS_MAX;) {
        char *colon = strchr(at, ':');
        if (colon != NULL)
            *colon = '\0';
        if (*at != '\0')
            paths->dirs[count++] = at;
        at = colon == NULL ? NULL : colon + 1;
    }
    return true;
}

void fx_paths_finish(struct fx_paths *paths)
{
    free(paths->owned);
    *paths = (struct fx_paths){0};
}
