/* origin - see origin.h. */
#include "origin.h"

#include "caution.h"
#include "sandbox.h"
#include "say.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAULT_SHOWN 480

/* path, allocated, from the root on; NULL: no memory, or no working directory. */
static char *absolute(const char *path)
{
    char here[PATH_MAX] = "";
    if (path[0] != '/' && getcwd(here, sizeof here) == NULL)
        return NULL;
    size_t base = strlen(here), rest = strlen(path) + 1;
    char *whole = malloc(base + 1 + rest);
    if (whole == NULL)
        return NULL;
    memcpy(whole, here, base);
    if (path[0] != '/')
        whole[base++] = '/';
    memcpy(whole + base, path, rest);
    return whole;
}

bool origin_init(struct origin *origin, const char *file, const char *folders,
                 const char *socket)
{
    *origin = (struct origin){.override = {.socket = socket, .keys = FX_KEYS_ALL}};
    if (!fx_profile_dirs_init(folders, &origin->folders))
        return false;
    for (char **dir = origin->folders.dirs; *dir != NULL; dir++) {
        /* no fault: malloc-leak: kept in *dir */
        char *whole = absolute(*dir);
        if (whole == NULL)
            return false;
        free(*dir);
        *dir = whole;
    }
    origin->file = absolute(file);
    return origin->file != NULL;
}

void origin_finish(struct origin *origin)
{
    free(origin->file);
    fx_profile_dirs_finish(&origin->folders);
}

struct fx_config *origin_load(const struct origin *origin, struct fx_text *first)
{
    struct fx_faults faults = {0};
    struct fx_config *config = fx_config_load(
        origin->file, (const char *const *)origin->folders.dirs, &origin->override, &faults);
    for (size_t i = 0; i < faults.count; i++)
        say_fault(LOG_ERR, faults.lines[i]);
    if (faults.refused)
        sandbox_explain();
    if (first != NULL && faults.count > 0)
        fx_text_add(first, fx_slice_first(fx_slice_str(faults.lines[0]), FAULT_SHOWN));
    fx_faults_finish(&faults);
    if (config == NULL)
        return NULL;
    for (size_t i = 0; i < config->notices.count; i++)
        say_fault(LOG_WARNING, config->notices.lines[i]);
    if (!caution_files(config)) {
        if (first != NULL)
            fx_text_add_str(first, "everybody may write to a file of the configuration");
        fx_config_destroy(config);
        return NULL;
    }
    /* The core asks no system for its name. */
    if (gethostname(config->policy->host, sizeof config->policy->host - 1) != 0)
        config->policy->host[0] = '\0';
    return config;
}
