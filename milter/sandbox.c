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

/* A part that does not hold is among the missing. */
static void note(bool holds, const char *part, struct fx_text *missing)
{
    if (holds)
        return;
    fx_text_add_str(missing, missing->len > 0 ? ", " : "");
    fx_text_add_str(missing, part);
}

/* Each part in its turn. */
static void put_on(const struct sandbox_plan *plan, struct fx_text *said,
                   struct fx_text *missing)
{
    tzset(); /* while the file of the zone can be read wherever it lies */
    note(sandbox_not_dumpable(said), "not dumpable", missing);
    fx_text_add_str(said, ", ");
    note(sandbox_no_capabilities(said), "no capabilities", missing);
    fx_text_add_str(said, ", ");
    note(sandbox_no_new_privileges(said), "no new privileges", missing);
    fx_text_add_str(said, ", ");
    files_limited = sandbox_landlock(plan, said);
    note(files_limited, "Landlock", missing);
    fx_text_add_str(said, ", ");
    note(sandbox_seccomp(plan, said), "seccomp", missing);
}

int sandbox_enter(const struct fx_config *config, const struct fx_profile_dirs *profiles)
{
    enum fx_sandbox wanted = config->settings.milter.sandbox;
    struct sandbox_plan plan;
    struct fx_text said, missing;
    char line[512], parts[128];
    if (wanted == FX_SANDBOX_OFF) {
        say(LOG_NOTICE, "sandbox: off");
        return 0;
    }
    if (!sandbox_plan_init(config, profiles, &plan)) {
        say(LOG_ERR, "no memory");
        return EX_SOFTWARE;
    }
    fx_text_init_fixed(&said, line, sizeof line);
    fx_text_init_fixed(&missing, parts, sizeof parts);
    put_on(&plan, &said, &missing);
    sandbox_plan_finish(&plan);
    say(LOG_NOTICE, "sandbox: %.*s", (int)said.len, line);
    if (missing.len == 0 || wanted == FX_SANDBOX_AVAILABLE)
        return 0;
    say_at(LOG_ERR, fx_settings_at(&config->settings, FX_SETTING_MILTER_SANDBOX),
           "milter.sandbox is \"required\", and cannot be had: %.*s", (int)missing.len, parts);
    return EX_UNAVAILABLE;
}

void sandbox_explain(void)
{
    if (files_limited)
        say(LOG_ERR, "sandbox: what the configuration did not name at start is out of reach; a "
                     "restart takes it in");
}

void sandbox_explain_folder(const char *path)
{
    say(LOG_ERR,
        "%s: the folder was exchanged since the start, and the new one is out of reach; "
        "a restart takes it in",
        path);
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
