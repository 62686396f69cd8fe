/* source - see source.h. */
#include "source.h"

#include "say.h"

#include <unistd.h>

struct fx_config *source_load(const struct source *source)
{
    struct fx_faults faults = {0};
    struct fx_config *config =
        fx_config_load(source->file, source->profile_dirs, source->override, &faults);
    for (size_t i = 0; i < faults.count; i++)
        say_fault(LOG_ERR, faults.lines[i]);
    fx_faults_finish(&faults);
    if (config == NULL)
        return NULL;
    for (size_t i = 0; i < config->notices.count; i++)
        say_fault(LOG_NOTICE, config->notices.lines[i]);
    /* The core asks no system for its name. */
    if (gethostname(config->policy->host, sizeof config->policy->host - 1) != 0)
        config->policy->host[0] = '\0';
    return config;
}
