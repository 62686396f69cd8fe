/* replace - see replace.h. */
#include "replace.h"

#include "fixupctl.h"
#include "output.h"
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE 0640
#define SUFFIX ".XXXXXX"

static enum ctl_exit trouble(const char *path, const char *what, enum ctl_exit code)
{
    fputs(CTL_PROGRAM ": ", stderr);
    ctl_put_str(stderr, path);
    fprintf(stderr, ": %s\n", what);
    return code;
}

/* An error number. */
static int fill(int fd, struct fx_slice text)
{
    int error = ctl_write_all(fd, text) && fchmod(fd, MODE) == 0 && fsync(fd) == 0 ? 0 : errno;
    return close(fd) != 0 && error == 0 ? errno : error;
}

enum ctl_exit ctl_replace(const char *path, struct fx_slice text)
{
    struct stat st;
    size_t len = strlen(path);
    if (len == 0)
        return trouble(path, "is no name of a file", CTL_EXIT_CANNOT_CREATE);
    if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return trouble(path,
                       S_ISLNK(st.st_mode) ? "is a symbolic link; left as it is"
                                           : "is no regular file; left as it is",
                       CTL_EXIT_CANNOT_CREATE);
    char *name = malloc(len + sizeof SUFFIX);
    if (name == NULL)
        return trouble(path, "not enough memory", CTL_EXIT_TRY_LATER);
    memcpy(name, path, len);
    memcpy(name + len, SUFFIX, sizeof SUFFIX);
    enum ctl_exit code = CTL_EXIT_OK;
    int fd = mkstemp(name);
    if (fd < 0) {
        code = trouble(path, strerror(errno), CTL_EXIT_CANNOT_CREATE);
    } else {
        int error = fill(fd, text);
        if (error != 0)
            code = trouble(path, strerror(error), CTL_EXIT_IO);
        else if (rename(name, path) != 0)
            code = trouble(path, strerror(errno), CTL_EXIT_CANNOT_CREATE);
        if (code != CTL_EXIT_OK)
            unlink(name);
    }
    free(name);
    return code;
}
