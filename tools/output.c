/* output - see output.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "output.h"

#include "fixupctl.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int trouble(const char *folder, const char *name, const char *what, int code)
{
    fputs(CTL_PROGRAM ": ", stderr);
    ctl_put_str(stderr, folder);
    if (name != NULL) {
        fputs("/", stderr);
        ctl_put_str(stderr, name);
    }
    fprintf(stderr, ": %s\n", what);
    return code;
}

int ctl_output_open(const char *path, struct ctl_output *output)
{
    output->was_there = mkdir(path, 0755) != 0;
    if (output->was_there && errno != EEXIST)
        return trouble(path, NULL, strerror(errno), CTL_EXIT_CANNOT_CREATE);
    output->path = NULL;
    output->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (output->fd >= 0)
        output->path = realpath(path, NULL);
    if (output->path == NULL) {
        int code = trouble(path, NULL, strerror(errno), CTL_EXIT_CANNOT_CREATE);
        if (output->fd >= 0)
            close(output->fd);
        return code;
    }
    return CTL_EXIT_OK;
}

void ctl_output_close(struct ctl_output *output, bool keep)
{
    close(output->fd);
    if (!keep && !output->was_there)
        rmdir(output->path);
    free(output->path);
}

enum state { STATE_MISSING, STATE_SAME, STATE_OTHER, STATE_UNREADABLE };

static enum state compare(int fd, struct fx_slice text)
{
    char buffer[4096];
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return STATE_UNREADABLE;
        if (got == 0)
            return text.len == 0 ? STATE_SAME : STATE_OTHER;
        struct fx_slice part = fx_slice(buffer, (size_t)got);
        if (!fx_slice_eq(part, fx_slice_first(text, part.len)))
            return STATE_OTHER;
        text = fx_slice_from(text, part.len);
    }
}

/* A file that is no regular one is never the same; opening it must not wait. */
static enum state look_at(const struct ctl_output *output, const struct ctl_output_file *file)
{
    struct stat st;
    int fd = openat(output->fd, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT  ? STATE_MISSING
               : errno == ELOOP ? STATE_OTHER
                                : STATE_UNREADABLE;
    enum state state = STATE_OTHER;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        state = compare(fd, file->text);
    close(fd);
    return state;
}

bool ctl_write_all(int fd, struct fx_slice text)
{
    while (text.len > 0) {
        ssize_t done = write(fd, text.ptr, text.len);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0)
            text = fx_slice_from(text, (size_t)done);
    }
    return true;
}

static int create(const struct ctl_output *output, const struct ctl_output_file *file)
{
    int fd = openat(output->fd, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return trouble(output->path, file->name, strerror(errno), CTL_EXIT_CANNOT_CREATE);
    bool good = ctl_write_all(fd, file->text);
    int error = errno;
    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good)
        return CTL_EXIT_OK;
    unlinkat(output->fd, file->name, 0);
    return trouble(output->path, file->name, strerror(error), CTL_EXIT_IO);
}

int ctl_output_write(const struct ctl_output *output, const struct ctl_output_file *files,
                     size_t count)
{
    int code = CTL_EXIT_OK;
    for (size_t i = 0; i < count; i++) {
        enum state state = look_at(output, &files[i]);
        if (state == STATE_OTHER)
            code = trouble(output->path, files[i].name,
                           "is there, and differs; left as it is (take it away first)",
                           CTL_EXIT_CANNOT_CREATE);
        else if (state == STATE_UNREADABLE)
            code =
                trouble(output->path, files[i].name, strerror(errno), CTL_EXIT_CANNOT_CREATE);
    }
    if (code != CTL_EXIT_OK)
        return code;
    uint64_t made = 0; /* which of the files */
    for (size_t i = 0; i < count && code == CTL_EXIT_OK; i++) {
        if (look_at(output, &files[i]) != STATE_MISSING)
            continue;
        code = create(output, &files[i]);
        if (code == CTL_EXIT_OK)
            made |= UINT64_C(1) << i;
    }
    for (size_t i = 0; i < count && code != CTL_EXIT_OK; i++)
        if ((made & UINT64_C(1) << i) != 0)
            unlinkat(output->fd, files[i].name, 0);
    return code;
}
