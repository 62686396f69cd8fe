/* paths - see paths.h. */
#include "paths.h"

#include "slice.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct fx_slice s)
{
    char *p = malloc(s.len + 1);
    if (p == NULL)
        return NULL;
    memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return p;
}

/* The n-th folder from the end of a list with colons, empty ones not counted; absent past them.
 */
static struct fx_slice take_last(struct fx_slice *list)
{
    while (list->len > 0) {
        size_t at = list->len;
        while (at > 0 && list->ptr[at - 1] != ':')
            at--;
        struct fx_slice found = fx_slice_from(*list, at);
        list->len = at > 0 ? at - 1 : 0;
        if (found.len > 0)
            return found;
    }
    return FX_ABSENT;
}

bool fx_profile_dirs_init(const char *value, struct fx_profile_dirs *out)
{
    /* The built-in list is written as the variable is: the first wins. */
    static const char built_in[] = FX_PROFILE_SYSCONFDIR ":" FX_PROFILE_DATADIR;
    struct fx_slice list = fx_slice_str(value == NULL || value[0] == '\0' ? built_in : value);
    size_t most = 1, count = 0;
    for (size_t i = 0; i < list.len; i++)
        most += list.ptr[i] == ':';
    struct fx_profile_dirs dirs = {.dirs = calloc(most + 1, sizeof *dirs.dirs)};
    if (dirs.dirs == NULL)
        return false;
    for (struct fx_slice dir; fx_slice_told(dir = take_last(&list));) {
        char *one = copy(dir);
        if (one == NULL) {
            fx_profile_dirs_finish(&dirs);
            return false;
        }
        dirs.dirs[count++] = one;
    }
    *out = dirs;
    return true;
}

void fx_profile_dirs_finish(struct fx_profile_dirs *dirs)
{
    for (size_t i = 0; dirs->dirs != NULL && dirs->dirs[i] != NULL; i++)
        free(dirs->dirs[i]);
    free(dirs->dirs);
    dirs->dirs = NULL;
}
