/* relief - see relief.h. */
#include "relief.h"

#include "listener.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* written at start only */
static struct sockaddr_storage address;
static socklen_t length; /* 0: not known */

void relief_prepare(const char *socket)
{
    if (!listener_address(socket, &address, &length))
        length = 0;
}

/* A connection, made and closed. It is waited for: one that was only asked for could be taken
 * back before anybody accepts it. */
static bool call(void)
{
    const struct timeval most = {.tv_sec = 2}; /* for connect(2) too, socket(7) */
    if (length == 0) {
        errno = EDESTADDRREQ;
        return false;
    }
    int fd = socket(address.ss_family, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    bool done = connect(fd, (const struct sockaddr *)&address, length) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

void relief_call(void)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;
    if (!call() && !atomic_flag_test_and_set(&said))
        say(LOG_WARNING,
            "cannot connect to the milter socket: %s: sessions may have to wait for those that "
            "are held",
            strerror(errno));
}
