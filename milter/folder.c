/* folder - see folder.h. */
#include "folder.h"

#include "listener.h"
#include "say.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Everybody may rename what is in it. */
static bool open_to_all(const struct stat *st)
{
    return (st->st_mode & S_IWOTH) != 0 && (st->st_mode & S_ISVTX) == 0;
}

bool folder_owner_good(uid_t owner, const char *user)
{
    if (owner == 0 || owner == geteuid())
        return true;
    const struct passwd *entry = user[0] != '\0' ? getpwnam(user) : NULL;
    /* that there is no such user is said elsewhere */
    return entry != NULL ? entry->pw_uid == owner : user[0] != '\0';
}

/* What is said, of which setting. */
struct about {
    int level;
    const struct fx_settings *settings;
    enum fx_setting setting;
};

/* Says what is wrong with the folder of path, and returns false. */
static bool wrong(const struct about *a, const char *folder, const char *what)
{
    say_at(a->level, fx_settings_at(a->settings, a->setting), "%s: the folder %s %s",
           fx_settings_row(a->setting)->name, folder, what);
    return false;
}

static bool look(const struct about *a, const char *path)
{
    char copy[PATH_MAX], folder[PATH_MAX];
    struct stat st;
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy ||
        realpath(dirname(copy), folder) == NULL || stat(folder, &st) != 0)
        return true;
    if ((st.st_mode & S_IWOTH) != 0) /* sticky: he who is first has the name */
        return wrong(a, folder,
                     "may be written to by everybody; allowed: by its owner and group");
    if (!folder_owner_good(st.st_uid, a->settings->milter.user))
        return wrong(
            a, folder,
            "belongs to another user; allowed: root, milter.user, who runs the daemon");
    while (strcmp(folder, "/") != 0) {
        char *slash = strrchr(folder, '/');
        slash[slash == folder] = '\0';
        if (stat(folder, &st) == 0 && open_to_all(&st))
            return wrong(a, folder,
                         "may be written to by everybody, who can exchange what is in it; "
                         "allowed: by its owner and group, or with the sticky bit");
    }
    return true;
}

/* The unix sockets of the settings; NULL: there is none. */
struct sockets {
    struct {
        enum fx_setting setting;
        const char *path;
    } of[2];
};

static struct sockets sockets_of(const struct fx_settings *settings)
{
    return (struct sockets){{
        {FX_SETTING_MILTER_SOCKET, listener_path(settings->milter.socket)},
        {FX_SETTING_COMMAND_FILTER_LISTEN, listener_path(settings->command_filter.listen)},
    }};
}

bool folder_sockets_safe(const struct fx_settings *settings)
{
    const struct sockets sockets = sockets_of(settings);
    bool good = true, any = false;
    for (size_t i = 0; i < 2; i++) {
        if (sockets.of[i].path == NULL)
            continue;
        const struct about about = {LOG_ERR, settings, sockets.of[i].setting};
        any = true;
        good = look(&about, sockets.of[i].path) && good;
    }
    if (any && (settings->milter.socket_mode & S_IWOTH) != 0)
        say_at(LOG_WARNING, fx_settings_at(settings, FX_SETTING_MILTER_SOCKET_MODE),
               "milter.socket_mode: %04o lets every local user connect, and say what a mail "
               "server would; 0660 and milter.socket_group are enough for one",
               (unsigned)settings->milter.socket_mode);
    return good;
}

void folder_warn_missing(const struct fx_settings *settings)
{
    const struct sockets sockets = sockets_of(settings);
    for (size_t i = 0; i < 2; i++) {
        const struct about about = {LOG_WARNING, settings, sockets.of[i].setting};
        char copy[PATH_MAX];
        struct stat st;
        if (sockets.of[i].path == NULL ||
            snprintf(copy, sizeof copy, "%s", sockets.of[i].path) >= (int)sizeof copy)
            continue;
        const char *folder = dirname(copy);
        if (stat(folder, &st) != 0 && errno == ENOENT)
            (void)wrong(&about, folder,
                        "is not there, and the daemon does not make it; a service manager may");
    }
}

void folder_warn(const struct fx_settings *settings)
{
    const struct about log = {LOG_WARNING, settings, FX_SETTING_LOG_FILE},
                       state = {LOG_WARNING, settings, FX_SETTING_STATE_PATH};
    if (strcmp(settings->log.file, "stdout") != 0)
        (void)look(&log, settings->log.file);
    if (strcmp(settings->state.backend, "sqlite") == 0)
        (void)look(&state, settings->state.path);
}
