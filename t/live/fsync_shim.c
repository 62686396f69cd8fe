/* fsync_shim - for LD_PRELOAD: counts calls of fdatasync(2) in the file FX_SHIM.count, an octet
 * each, lets them fail with EIO while there is a file FX_SHIM.fail, and lets them take 5 ms, as a
 * disk does, while there is a file FX_SHIM.slow. Those of fsync(2) for a
 * folder are counted in FX_SHIM.names: ext4 keeps a name without it, others need not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static void name(char *out, size_t size, const char *end)
{
    snprintf(out, size, "%s%s", getenv("FX_SHIM"), end);
}

static void add(const char *end)
{
    char path[4096];
    name(path, sizeof path, end);
    int count = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (count < 0)
        return;
    (void)!write(count, ".", 1);
    close(count);
}

int fsync(int fd)
{
    struct stat st;
    int (*real)(int);
    *(void **)&real = dlsym(RTLD_NEXT, "fsync");
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        add(".names");
    return real(fd);
}

int fdatasync(int fd)
{
    char path[4096];
    int (*real)(int);
    *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
    add(".count");
    name(path, sizeof path, ".fail");
    if (access(path, F_OK) == 0) {
        errno = EIO;
        return -1;
    }
    name(path, sizeof path, ".slow");
    if (access(path, F_OK) == 0)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    return real(fd);
}
