/* notify - see notify.h. */
#include "notify.h"

#include "clock.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define VARIABLE "NOTIFY_SOCKET"
/* Past the time of the sessions: for the state store, the last records and their fsync. */
#define CLOSING_MS 30000

static int manager = -1;

/* A path, or an abstract name, which begins with @ in the variable and with NUL in the address.
 */
static bool address_of(const char *name, struct sockaddr_un *address, socklen_t *length)
{
    size_t len = strlen(name);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof address->sun_path)
        return false;
    memcpy(address->sun_path, name, len);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

void notify_open(void)
{
    struct sockaddr_un address;
    socklen_t length;
    const char *name = getenv(VARIABLE);
    if (name == NULL)
        return;
    bool named = address_of(name, &address, &length);
    errno = EINVAL;
    int fd = named ? socket(AF_UNIX, SOCK_DGRAM, 0) : -1;
    if (fd < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
        connect(fd, (const struct sockaddr *)&address, length) != 0) {
        say(LOG_WARNING, "the service manager is told nothing, its socket cannot be used: %s",
            strerror(errno));
        if (fd >= 0)
            close(fd);
    } else {
        manager = fd;
    }
    unsetenv(VARIABLE); /* no child of ours speaks for us */
}

/* A manager that does not read is no reason to wait. */
static void tell(const char *text)
{
    if (manager >= 0 && send(manager, text, strlen(text), MSG_NOSIGNAL) < 0)
        say(LOG_WARNING, "the service manager cannot be told: %s", strerror(errno));
}

void notify_ready(bool detached)
{
    char text[128];
    int n = snprintf(text, sizeof text, "READY=1\nSTATUS=accepting connections\n");
    if (detached && n > 0)
        snprintf(text + n, sizeof text - (size_t)n, "MAINPID=%ld\n", (long)getpid());
    tell(text);
}

void notify_reloading(void)
{
    char text[128];
    /* the manager compares this with the time at which it asked: same clock, microseconds */
    snprintf(text, sizeof text,
             "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading the configuration\n",
             clock_now().mono);
    tell(text);
}

void notify_reloaded(bool good)
{
    tell(good
             ? "READY=1\nSTATUS=accepting connections\n"
             : "READY=1\nSTATUS=accepting connections; the configuration is faulty, the former "
               "one stays in force\n");
}

void notify_stopping(int64_t ms)
{
    char text[128];
    snprintf(text, sizeof text,
             "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64
             "\nSTATUS=waiting for sessions to end\n",
             (ms + CLOSING_MS) * 1000);
    tell(text);
}
