/* caution - see caution.h. */
#include "caution.h"

#include "folder.h"
#include "listener.h"
#include "say.h"

#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct passwd *entry_of(const char *user)
{
    return user[0] != '\0' ? getpwnam(user) : NULL;
}

static bool by_all(const struct stat *st, const char *user)
{
    (void)user;
    return (st->st_mode & S_IWOTH) != 0;
}

static bool by_group(const struct stat *st, const char *user)
{
    const struct passwd *entry = entry_of(user);
    return (st->st_mode & S_IWGRP) != 0 && st->st_gid != 0 && st->st_gid != getegid() &&
           (entry == NULL || st->st_gid != entry->pw_gid);
}

static bool by_owner(const struct stat *st, const char *user)
{
    return !folder_owner_good(st->st_uid, user);
}

/* One line of each kind, however many files: those of a tree mostly are alike. */
static const struct {
    bool (*is)(const struct stat *st, const char *user);
    int level;
    const char *what;
} kinds[] = {
    {by_all, LOG_ERR,
     "everybody may write to it, and so decide about mail; allowed: its owner and group"},
    {by_group, LOG_WARNING,
     "a group may write to it, and so decides about mail, that is neither root's nor that of "
     "milter.user"},
    {by_owner, LOG_WARNING,
     "belongs to another user, who so decides about mail, than root and milter.user"},
};

/* How many of the files are so; the first of them in *first. */
static size_t count(const struct fx_config *config, size_t kind, const char **first)
{
    struct stat st;
    size_t found = 0;
    for (size_t i = 0; i < config->files.count; i++) {
        const char *name = config->files.names[i];
        if (stat(name, &st) == 0 && kinds[kind].is(&st, config->settings.milter.user) &&
            found++ == 0)
            *first = name;
    }
    return found;
}

bool caution_files(const struct fx_config *config)
{
    const char *first = "", *secret = config->password_file;
    struct stat st;
    bool good = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t found = count(config, i, &first);
        if (found > 1)
            say(kinds[i].level, "%s (and %zu more): %s", first, found - 1, kinds[i].what);
        else if (found == 1)
            say(kinds[i].level, "%s: %s", first, kinds[i].what);
        good = good && (found == 0 || kinds[i].level != LOG_ERR);
    }
    if (secret != NULL && stat(secret, &st) == 0 && (st.st_mode & S_IROTH) != 0)
        say(LOG_WARNING,
            "%s: state.uri: everybody may read the password in it (mode %04o); 0640, with the "
            "group of milter.user, is enough",
            secret, (unsigned)(st.st_mode & 07777));
    return good;
}

static bool for_every_address(const char *socket)
{
    struct sockaddr_storage address;
    socklen_t length;
    if (!listener_address(socket, &address, &length))
        return false;
    if (address.ss_family == AF_INET)
        return ((const struct sockaddr_in *)&address)->sin_addr.s_addr == htonl(INADDR_ANY);
    return address.ss_family == AF_INET6 &&
           IN6_IS_ADDR_UNSPECIFIED(&((const struct sockaddr_in6 *)&address)->sin6_addr);
}

void caution_settings(const struct fx_settings *settings)
{
    const struct {
        enum fx_setting setting;
        const char *socket;
    } sockets[] = {
        {FX_SETTING_MILTER_SOCKET, settings->milter.socket},
        {FX_SETTING_COMMAND_FILTER_LISTEN, settings->command_filter.listen},
    };
    const struct passwd *entry = entry_of(settings->milter.user);
    if (entry != NULL && entry->pw_uid == 0)
        say_at(LOG_WARNING, fx_settings_at(settings, FX_SETTING_MILTER_USER),
               "milter.user: %s is root: no right is given up but by the sandbox",
               settings->milter.user);
    for (size_t i = 0; i < sizeof sockets / sizeof sockets[0]; i++)
        if (sockets[i].socket[0] != '\0' && for_every_address(sockets[i].socket))
            say_at(LOG_WARNING, fx_settings_at(settings, sockets[i].setting),
                   "%s: %s takes connections for every address of this machine, without "
                   "authentication or encryption: name one address, and let a packet filter say "
                   "who may connect",
                   fx_settings_row(sockets[i].setting)->name, sockets[i].socket);
}
