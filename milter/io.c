/* io - see io.h. */
#include "io.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/resource.h>
#include <unistd.h>

bool io_write(int fd, struct fx_slice s)
{
    while (s.len > 0) {
        ssize_t n = write(fd, s.ptr, s.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = fx_slice_from(s, (size_t)n);
    }
    return true;
}

/* A pipe that poll(2) calls writable takes PIPE_BUF octets without waiting. */
bool io_pass(int fd, struct fx_slice *s, int milliseconds)
{
    while (s->len > 0) {
        struct pollfd room = {.fd = fd, .events = POLLOUT};
        int ready = poll(&room, 1, milliseconds);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            errno = EAGAIN;
        if (ready <= 0)
            return false;
        ssize_t n = write(fd, s->ptr, s->len < PIPE_BUF ? s->len : PIPE_BUF);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        *s = fx_slice_from(*s, (size_t)n);
    }
    return true;
}

bool io_read_at(int fd, char *to, size_t len, off_t at)
{
    while (len > 0) {
        ssize_t n = pread(fd, to, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool io_link_of_others(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != 0 &&
           st.st_uid != geteuid();
}

static uint64_t eighths(uint64_t count)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    uint64_t all = files.rlim_cur;
    return all / 8 * count + all % 8 * count / 8;
}

uint64_t io_files_share(void)
{
    return eighths(6);
}

uint64_t io_files_for_peers(void)
{
    return eighths(7);
}
