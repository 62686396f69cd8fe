/* listener - see listener.h. */
#include "listener.h"

#include "address.h"
#include "say.h"
#include "slice.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#define BACKLOG 128

const char *listener_path(const char *socket)
{
    if (strncmp(socket, "unix:", 5) == 0)
        return socket + 5;
    if (strncmp(socket, "local:", 6) == 0)
        return socket + 6;
    return NULL;
}

static bool unix_address(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, path, strlen(path));
    return true;
}

bool listener_in_use(const char *path)
{
    struct sockaddr_un address;
    struct stat there;
    if (!unix_address(path, &address) || lstat(path, &there) != 0)
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        close(fd);
        return true;
    }
    bool refused = connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return !S_ISSOCK(there.st_mode) || !refused;
}

/* 127.0.0.0/8, ::1, or no address of the Internet at all. */
static bool on_loopback(const struct sockaddr_storage *address)
{
    struct fx_address a = {0};
    if (address->ss_family == AF_INET) {
        a.family = FX_FAMILY_INET;
        memcpy(a.bytes, &((const struct sockaddr_in *)address)->sin_addr, 4);
    } else if (address->ss_family == AF_INET6) {
        a.family = FX_FAMILY_INET6;
        memcpy(a.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    }
    return a.family == FX_FAMILY_UNKNOWN || fx_address_is_loopback(&a);
}

bool listener_allowed(const char *socket, const struct fx_settings *settings)
{
    struct sockaddr_storage address;
    socklen_t length;
    if (settings->milter.allow_remote || !listener_address(socket, &address, &length) ||
        on_loopback(&address))
        return true;
    say(LOG_ERR, "%s: this name leads beyond loopback; set milter.allow_remote", socket);
    return false;
}

int listener_give_to_group(const char *path, const struct fx_settings *settings)
{
    if (settings->milter.socket_group[0] == '\0')
        return 0;
    const struct group *group = getgrnam(settings->milter.socket_group);
    if (group == NULL || lchown(path, (uid_t)-1, group->gr_gid) != 0) {
        say(LOG_ERR, "%s: cannot be given to the group %s: %s", path,
            settings->milter.socket_group, group == NULL ? "no such group" : strerror(errno));
        return EX_CONFIG;
    }
    return 0;
}

/* A bound socket, or -1 with errno; nothing but a socket that nobody answers at is removed. */
static int bind_unix(const char *path, const struct fx_settings *settings)
{
    struct sockaddr_un address;
    struct stat there;
    if (!unix_address(path, &address)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (lstat(path, &there) == 0) {
        if (listener_in_use(path)) {
            errno = EADDRINUSE;
            return -1;
        }
        unlink(path);
    }
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    /* The socket gets its mode from this alone: chmod would follow a link put in its place. */
    mode_t before = umask((mode_t)(~settings->milter.socket_mode & 0777));
    int bound = bind(fd, (const struct sockaddr *)&address, sizeof address);
    int error = errno;
    umask(before);
    if (bound == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

/* "inet:port@host", "inet6:port@host", without a host every address of the machine. */
static bool inet_address(const char *text, struct sockaddr_storage *to, socklen_t *length)
{
    char port[16], host[256];
    struct fx_slice s = fx_slice_str(text);
    struct addrinfo *found = NULL, hints = {.ai_family = AF_INET,
                                            .ai_socktype = SOCK_STREAM,
                                            .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    size_t colon = fx_slice_find(s, ':');
    if (fx_slice_eq_nocase(fx_slice_first(s, colon), FX_LIT("inet6")))
        hints.ai_family = AF_INET6;
    s = fx_slice_from(s, colon + 1);
    size_t at = fx_slice_find(s, '@');
    struct fx_slice p = fx_slice_first(s, at), h = fx_slice_from(s, at + 1);
    if (h.len > 1 && h.ptr[0] == '[' && h.ptr[h.len - 1] == ']')
        h = fx_slice_first(fx_slice_from(h, 1), h.len - 2);
    errno = EINVAL;
    if (p.len >= sizeof port || h.len >= sizeof host)
        return false;
    memcpy(port, p.ptr, p.len);
    port[p.len] = '\0';
    memcpy(host, h.ptr, h.len);
    host[h.len] = '\0';
    if (getaddrinfo(h.len > 0 ? host : NULL, port, &hints, &found) != 0) {
        errno = EADDRNOTAVAIL;
        return false;
    }
    *length = found->ai_addrlen;
    memcpy(to, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static int bind_inet(const char *text)
{
    const int on = 1;
    struct sockaddr_storage address;
    socklen_t length;
    if (!inet_address(text, &address, &length))
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&address, length) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool listener_address(const char *socket, struct sockaddr_storage *to, socklen_t *length)
{
    const char *path = listener_path(socket);
    struct sockaddr_un address;
    if (path == NULL)
        return inet_address(socket, to, length);
    errno = ENAMETOOLONG;
    if (!unix_address(path, &address))
        return false;
    *length = sizeof address;
    memcpy(to, &address, sizeof address);
    return true;
}

int listener_open(const char *socket, const struct fx_settings *settings, int *fd)
{
    const char *path = listener_path(socket);
    if (!listener_allowed(socket, settings))
        return EX_CONFIG;
    int opened = path != NULL ? bind_unix(path, settings) : bind_inet(socket);
    if (opened < 0) {
        say(LOG_ERR, "%s: the socket cannot be opened: %s", socket, strerror(errno));
        return EX_UNAVAILABLE;
    }
    if (fcntl(opened, F_SETFD, FD_CLOEXEC) != 0 || fcntl(opened, F_SETFL, O_NONBLOCK) != 0 ||
        listen(opened, BACKLOG) != 0) {
        say(LOG_ERR, "%s: cannot listen: %s", socket, strerror(errno));
        close(opened);
        if (path != NULL)
            unlink(path);
        return EX_UNAVAILABLE;
    }
    int code = path != NULL ? listener_give_to_group(path, settings) : 0;
    if (code != 0) {
        close(opened);
        unlink(path);
        return code;
    }
    *fd = opened;
    return 0;
}
