/* folder - see folder.h. */
#include "folder.h"

#include "listener.h"
#include "say.h"

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
    return entry != NULL && entry->pw_uid == owner;
}

/* Says what is wrong with the folder of path, at that level, and returns false. */
static bool wrong(int level, const char *setting, const char *folder, const char *what)
{
    say(level, "%s: the folder %s %s", setting, folder, what);
    return false;
}

static bool look(int level, const char *setting, const char *path, const char *user)
{
    char copy[PATH_MAX], folder[PATH_MAX];
    struct stat st;
    if (snprintf(copy, sizeof copy, "%s", path) >= (int)sizeof copy ||
        realpath(dirname(copy), folder) == NULL || stat(folder, &st) != 0)
        return true;
    if ((st.st_mode & S_IWOTH) != 0) /* sticky: he who is first has the name */
        return wrong(level, setting, folder,
                     "may be written to by everybody; allowed: by its owner and group");
    if (!folder_owner_good(st.st_uid, user))
        return wrong(
            level, setting, folder,
            "belongs to another user; allowed: root, milter.user, who runs the daemon");
    while (strcmp(folder, "/") != 0) {
        char *slash = strrchr(folder, '/');
        slash[slash == folder] = '\0';
        if (stat(folder, &st) == 0 && open_to_all(&st))
            return wrong(level, setting, folder,
                         "may be written to by everybody, who can exchange what is in it; "
                         "allowed: by its owner and group, or with the sticky bit");
    }
    return true;
}

bool folder_sockets_safe(const struct fx_settings *settings)
{
    const struct {
        const char *setting, *path;
    } sockets[] = {
        {"milter.socket", listener_path(settings->milter.socket)},
        {"command_filter.listen", listener_path(settings->command_filter.listen)},
    };
    bool good = true, any = false;
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++) {
        if (sockets[i].path == NULL)
            continue;
        any = true;
        good =
            look(LOG_ERR, sockets[i].setting, sockets[i].path, settings->milter.user) && good;
    }
    if (any && (settings->milter.socket_mode & S_IWOTH) != 0)
        say(LOG_WARNING,
            "milter.socket_mode: %04o lets every local user connect, and say what a mail "
            "server would; 0660 and milter.socket_group are enough for one",
            (unsigned)settings->milter.socket_mode);
    return good;
}

void folder_warn(const struct fx_settings *settings)
{
    const char *user = settings->milter.user;
    if (strcmp(settings->log.file, "stdout") != 0)
        (void)look(LOG_WARNING, "log.file", settings->log.file, user);
    if (strcmp(settings->state.backend, "sqlite") == 0)
        (void)look(LOG_WARNING, "state.path", settings->state.path, user);
}
