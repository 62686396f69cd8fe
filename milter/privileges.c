/* privileges - see privileges.h. */
#define _GNU_SOURCE /* getresuid, getgrouplist */
#include "privileges.h"

#include "process.h"
#include "say.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

bool privileges_accounts_exist(const struct fx_settings *settings)
{
    const char *user = settings->milter.user, *group = settings->milter.socket_group;
    bool good = true;
    if (user[0] != '\0' && getpwnam(user) == NULL) {
        say_at(LOG_ERR, fx_settings_at(settings, FX_SETTING_MILTER_USER),
               "milter.user: there is no user %s", user);
        good = false;
    }
    if (group[0] != '\0' && getgrnam(group) == NULL) {
        say_at(LOG_ERR, fx_settings_at(settings, FX_SETTING_MILTER_SOCKET_GROUP),
               "milter.socket_group: there is no group %s", group);
        good = false;
    }
    return good;
}

/* What was read as root is read again at a reload, by the user. */
static int keys_stay_readable(const struct fx_settings *settings)
{
    const bool chain = settings->log.chain;
    const struct {
        enum fx_setting setting;
        const char *path;
    } keys[] = {
        {FX_SETTING_LOG_ADDRESS_KEY_FILE, settings->log.address_key_file},
        {FX_SETTING_LOG_KEY_FILE, chain ? settings->log.key_file : ""},
        {FX_SETTING_LOG_SIGNING_KEY_FILE, chain ? settings->log.signing_key_file : ""},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i].path[0] == '\0' || access(keys[i].path, R_OK) == 0)
            continue;
        say_at(LOG_ERR, fx_settings_at(settings, keys[i].setting),
               "%s: %s cannot be read by milter.user, %s: %s",
               fx_settings_row(keys[i].setting)->name, keys[i].path, settings->milter.user,
               strerror(errno));
        return EX_CONFIG;
    }
    return 0;
}

static bool among(gid_t group, const gid_t *groups, int count)
{
    for (int i = 0; i < count; i++)
        if (groups[i] == group)
            return true;
    return false;
}

/* Each group of the process is one of the user's. That it has all of them is initgroups' word.
 */
static bool groups_are_its_own(const struct passwd *entry)
{
    int most = GROUPS_MAX;
    gid_t *wanted = calloc(2 * (size_t)most, sizeof *wanted);
    if (wanted == NULL)
        return false;
    gid_t *had = wanted + most;
    int count = getgroups(most, had);
    bool good = count >= 0 && getgrouplist(entry->pw_name, entry->pw_gid, wanted, &most) >= 0;
    for (int i = 0; good && i < count; i++)
        good = among(had[i], wanted, most);
    free(wanted);
    return good;
}

/* errno tells nothing where an id is simply another one. */
static bool gone_for_good(const struct passwd *entry)
{
    uid_t real, effective, saved;
    gid_t group, effective_group, saved_group;
    errno = EPERM;
    if (getresuid(&real, &effective, &saved) != 0 ||
        getresgid(&group, &effective_group, &saved_group) != 0 || real != entry->pw_uid ||
        effective != real || saved != real || group != entry->pw_gid ||
        effective_group != group || saved_group != group || !groups_are_its_own(entry))
        return false;
    return real == 0 || (setuid(0) != 0 && seteuid(0) != 0 && setgroups(0, NULL) != 0);
}

/* In a process of its own: there is no way back. */
bool privileges_try(const struct fx_settings *settings)
{
    const char *user = settings->milter.user;
    const struct passwd *entry = user[0] != '\0' ? getpwnam(user) : NULL;
    if (entry == NULL || geteuid() != 0)
        return true;
    pid_t child = fork();
    if (child == 0) {
        bool good = initgroups(user, entry->pw_gid) == 0 && setgid(entry->pw_gid) == 0 &&
                    setuid(entry->pw_uid) == 0 && keys_stay_readable(settings) == 0;
        _exit(good ? 0 : EX_CONFIG);
    }
    int status = 0;
    if (child < 0)
        return true; /* the start finds out */
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int privileges_drop(const struct fx_settings *settings)
{
    const char *user = settings->milter.user;
    if (user[0] == '\0') {
        if (geteuid() == 0)
            say(LOG_WARNING, "running as root: set milter.user");
        return 0;
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        say_at(LOG_ERR, fx_settings_at(settings, FX_SETTING_MILTER_USER),
               "milter.user: there is no user %s", user);
        return EX_CONFIG;
    }
    if (geteuid() != 0 && geteuid() == entry->pw_uid)
        return 0;
    int code = geteuid() == 0 ? process_give_sockets(entry->pw_uid, user) : 0;
    if (code != 0)
        return code;
    if (initgroups(user, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 ||
        setuid(entry->pw_uid) != 0 || !gone_for_good(entry)) {
        say(LOG_ERR, "milter.user: cannot become %s: %s", user, strerror(errno));
        return EX_NOPERM;
    }
    return keys_stay_readable(settings);
}
