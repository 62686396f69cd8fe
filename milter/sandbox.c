/* sandbox - see sandbox.h. */
#include "sandbox.h"

#include "sandbox_parts.h"
#include "say.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

/* written at start only */
static bool files_limited;

void sandbox_prepare(const struct fx_settings *settings)
{
    if (settings->milter.sandbox != FX_SANDBOX_OFF)
        sandbox_bounding();
}

/* Each part in its turn; the number of those that do not hold. */
static unsigned put_on(const struct sandbox_plan *plan, struct fx_text *said)
{
    unsigned missing = 0;
    tzset(); /* while the file of the zone can be read wherever it lies */
    missing += !sandbox_not_dumpable(said);
    fx_text_add_str(said, ", ");
    missing += !sandbox_no_capabilities(said);
    fx_text_add_str(said, ", ");
    missing += !sandbox_no_new_privileges(said);
    fx_text_add_str(said, ", ");
    files_limited = sandbox_landlock(plan, said);
    fx_text_add_str(said, ", ");
    return missing + !files_limited + !sandbox_seccomp(plan, said);
}

int sandbox_enter(const struct fx_config *config, const struct fx_profile_dirs *profiles)
{
    enum fx_sandbox wanted = config->settings.milter.sandbox;
    struct sandbox_plan plan;
    struct fx_text said;
    char line[512];
    if (wanted == FX_SANDBOX_OFF) {
        say(LOG_NOTICE, "sandbox: off");
        return 0;
    }
    if (!sandbox_plan_init(config, profiles, &plan)) {
        say(LOG_ERR, "no memory");
        return EX_SOFTWARE;
    }
    fx_text_init_fixed(&said, line, sizeof line);
    unsigned missing = put_on(&plan, &said);
    sandbox_plan_finish(&plan);
    say(LOG_NOTICE, "sandbox: %.*s", (int)said.len, line);
    if (missing == 0 || wanted == FX_SANDBOX_AVAILABLE)
        return 0;
    say(LOG_ERR, "milter.sandbox is \"required\", and not all of it can be had");
    return EX_UNAVAILABLE;
}

void sandbox_explain(void)
{
    if (files_limited)
        say(LOG_ERR, "sandbox: what the configuration did not name at start is out of reach; a "
                     "restart takes it in");
}

bool sandbox_refused(const char *path)
{
    char folder[PATH_MAX];
    if (!files_limited || strlen(path) >= sizeof folder)
        return false;
    if (access(path, W_OK) == 0)
        return true;
    memcpy(folder, path, strlen(path) + 1);
    return errno == ENOENT && access(dirname(folder), W_OK | X_OK) == 0;
}
