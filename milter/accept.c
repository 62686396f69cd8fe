/* accept - keeps the last descriptors from peers.
 *
 * libmilter accepts whoever connects, however many there are; limits.connections is asked at
 * CONNECT, which somebody who only holds sockets never sends. Once no descriptor was left,
 * libmilter would ask for one again and again without a pause, with a processor to itself, and
 * neither mail nor log nor store would get one. Since the executable defines accept, libmilter
 * lands here.
 */
#define _GNU_SOURCE /* accept4 */
#include "clock.h"
#include "io.h"
#include "say.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#define TELL_MS 60000
#define PAUSE_MS 100

static void tell(uint64_t most)
{
    static atomic_int_least64_t after;
    int64_t now = clock_ms(), due = after;
    if (now >= due && atomic_compare_exchange_strong(&after, &due, now + TELL_MS))
        say(LOG_WARNING,
            "open files: %" PRIu64 " are in use, the rest is kept: newcomers are turned away",
            most);
}

int accept(int listener, struct sockaddr *restrict peer, socklen_t *restrict len)
{
    int fd = accept4(listener, peer, len, 0);
    uint64_t most = io_files_for_peers();
    if (fd >= 0 && (uint64_t)fd >= most) { /* it is the lowest that is free */
        close(fd);
        tell(most);
        errno = ECONNABORTED; /* as if it had gone by itself: the next one, please */
        return -1;
    }
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        int error = errno; /* nothing was taken from the queue, so poll(2) says so at once */
        poll(NULL, 0, PAUSE_MS);
        errno = error;
    }
    return fd;
}
