/* source_bytes - see source_bytes.h. */
#include "source_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_FROM ((off_t)64 * 1024 * 1024)
#define STREAM_MAX ((size_t)1024 * 1024 * 1024)
#define STEP ((size_t)64 * 1024)

int ctl_bytes_read_stream(int fd, struct ctl_bytes *bytes)
{
    size_t cap = 0;
    *bytes = (struct ctl_bytes){0};
    while (true) {
        if (bytes->len == cap) {
            if (cap >= STREAM_MAX)
                return EFBIG;
            size_t want = cap == 0 ? STEP : cap * 2;
            char *bigger = realloc(bytes->data, want);
            if (bigger == NULL)
                return ENOMEM;
            bytes->data = bigger;
            cap = want;
        }
        ssize_t n = read(fd, bytes->data + bytes->len, cap - bytes->len);
        if (n == 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0)
            bytes->len += (size_t)n;
    }
}

static int map(int fd, off_t size, struct ctl_bytes *bytes)
{
    if ((uintmax_t)size > SIZE_MAX)
        return EFBIG;
    void *at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return errno;
    *bytes = (struct ctl_bytes){.data = at, .len = (size_t)size, .mapped = true};
    return 0;
}

int ctl_bytes_read_file(const char *path, struct ctl_bytes *bytes)
{
    struct stat st;
    *bytes = (struct ctl_bytes){0};
    /* Not blocking: what was a file a moment ago may be a pipe without a writer now. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = 0;
    if (fstat(fd, &st) != 0)
        error = errno;
    else if (!S_ISREG(st.st_mode))
        error = EINVAL;
    else if (st.st_size >= MAP_FROM)
        error = map(fd, st.st_size, bytes);
    else
        error = ctl_bytes_read_stream(fd, bytes);
    (void)close(fd);
    return error;
}

void ctl_bytes_finish(struct ctl_bytes *bytes)
{
    if (bytes->mapped)
        (void)munmap(bytes->data, bytes->len);
    else
        free(bytes->data);
    *bytes = (struct ctl_bytes){0};
}
