/* fault_shim - for LD_PRELOAD: lets the n-th call of a kind fail, in a process that runs on.
 * The file FX_FAULTS, mapped by the process and the test (faults.py), has a row for each kind:
 * calls are counted, and the one at which the countdown comes to its end fails with `error`,
 * those after it, too, where `lasting` is set. A write with the error 0 takes half, and the
 * next one fails. What the process calls itself counts, and what its libraries call.
 *
 * `written` counts records of messages given to write(2), `synced` those of them for which an
 * fdatasync of that file came back good afterwards: SQLite has files of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
    MALLOC,
    CALLOC,
    REALLOC,
    READ,
    PREAD,
    WRITE,
    PWRITE,
    WRITEV,
    OPEN,
    FSYNC,
    FDATASYNC,
    RENAME,
    UNLINK,
    FTRUNCATE,
    CLOSE,
    MMAP,
    LOCK,
    STAT,
    FSTAT,
    LSEEK,
    DUP,
    SOCKET,
    CONNECT,
    SEND,
    RECV,
    THREAD,
    RANDOM,
    KINDS
};

static const char *const names[KINDS] = {
    "malloc", "calloc",  "realloc", "read",      "pread",  "write",  "pwrite",
    "writev", "open",    "fsync",   "fdatasync", "rename", "unlink", "ftruncate",
    "close",  "mmap",    "lock",    "stat",      "fstat",  "lseek",  "dup",
    "socket", "connect", "send",    "recv",      "thread", "random"};

struct row {
    char name[16];
    atomic_ullong calls, hits;
    atomic_llong countdown; /* 0: none fails */
    int32_t error, lasting;
    char where[48]; /* who made the call that failed last: a program or library */
};

struct control {
    atomic_ullong written, synced;
    char only[48]; /* "": all; else only calls of what begins so, a program or library, count */
    struct row rows[KINDS];
};

static struct control *control;
static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER; /* where, and error of a half */

/* The C library's own, since looking for another one allocates. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);

#define REAL(name)                 \
    static __typeof__(name) *real; \
    if (real == NULL)              \
    *(void **)&real = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FX_FAULTS");
    __typeof__(open) *real_open;
    __typeof__(mmap) *real_mmap;
    *(void **)&real_open = dlsym(RTLD_NEXT, "open");
    *(void **)&real_mmap = dlsym(RTLD_NEXT, "mmap");
    int fd = path == NULL ? -1 : real_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    void *p = real_mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return;
    control = p;
    for (int i = 0; i < KINDS; i++)
        strncpy(control->rows[i].name, names[i], sizeof control->rows[i].name - 1);
}

static const char *object_of(const void *caller)
{
    Dl_info info;
    if (dladdr(caller, &info) == 0 || info.dli_fname == NULL)
        return "";
    const char *slash = strrchr(info.dli_fname, '/');
    return slash == NULL ? info.dli_fname : slash + 1;
}

/* libconfig 1.5 does not look whether there was memory; what is done about it: config_source.c.
 * libseccomp 2.5.4 makes a filter all the same, without some of the calls: sandbox_seccomp.c.
 * libmilter writes to a pipe of its own by which it wakes itself, and to nothing else: where
 * that fails, as no pipe does, a session sleeps until another one comes. */
static int is_spared(enum kind kind, const char *object)
{
    return (kind <= REALLOC && (strncmp(object, "libconfig.", 10) == 0 ||
                                strncmp(object, "libseccomp.", 11) == 0)) ||
           (kind == WRITE && strncmp(object, "libmilter.", 10) == 0);
}

/* Is this the one? errno is set then. *half: a write that takes a part. */
static int fails(enum kind kind, const void *caller, int *half)
{
    if (control == NULL)
        return 0;
    struct row *row = &control->rows[kind];
    long long left = atomic_load(&row->countdown);
    size_t chosen = strnlen(control->only, sizeof control->only);
    const char *object = left == 1 || chosen > 0 ? object_of(caller) : "";
    if (strncmp(object, control->only, chosen) != 0)
        return 0;
    atomic_fetch_add(&row->calls, 1);
    if (chosen == 0 && is_spared(kind, object))
        return 0;
    do {
        if (left <= 0)
            return 0;
    } while (!atomic_compare_exchange_weak(&row->countdown, &left,
                                           left == 1 && row->lasting ? 1 : left - 1));
    if (left != 1)
        return 0;
    atomic_fetch_add(&row->hits, 1);
    pthread_mutex_lock(&last_lock); /* with `lasting` two threads may fail at once */
    strncpy(row->where, object, sizeof row->where - 1);
    int error = row->error;
    if (half != NULL && error == 0) {
        *half = 1;
        row->error = ENOSPC;
        atomic_store(&row->countdown, 1);
    }
    pthread_mutex_unlock(&last_lock);
    if (half != NULL && *half)
        return 0;
    errno = error;
    return 1;
}

#define HERE __builtin_return_address(0)
#define PLAIN(kind, failed, name, type, parameters, arguments)      \
    type name parameters                                            \
    {                                                               \
        REAL(name);                                                 \
        return fails(kind, HERE, NULL) ? (failed) : real arguments; \
    }

#ifndef NO_ALLOCATION
void *malloc(size_t size)
{
    return fails(MALLOC, HERE, NULL) ? NULL : __libc_malloc(size);
}

/* For whom it is called, not for the C library itself; by either name. */
#define COPYING(name)                                                     \
    char *name(const char *s)                                             \
    {                                                                     \
        size_t n = strlen(s) + 1;                                         \
        char *copy = fails(MALLOC, HERE, NULL) ? NULL : __libc_malloc(n); \
        return copy == NULL ? NULL : memcpy(copy, s, n);                  \
    }
COPYING(strdup)
COPYING(__strdup)

void *calloc(size_t count, size_t size)
{
    return fails(CALLOC, HERE, NULL) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    return fails(REALLOC, HERE, NULL) ? NULL : __libc_realloc(p, size);
}
#endif

PLAIN(READ, -1, read, ssize_t, (int fd, void *to, size_t n), (fd, to, n))
PLAIN(PREAD, -1, pread, ssize_t, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
PLAIN(PREAD, -1, pread64, ssize_t, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
PLAIN(PWRITE, -1, pwrite, ssize_t, (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
PLAIN(PWRITE, -1, pwrite64, ssize_t, (int fd, const void *p, size_t n, off64_t at),
      (fd, p, n, at))
PLAIN(WRITEV, -1, writev, ssize_t, (int fd, const struct iovec *v, int n), (fd, v, n))
PLAIN(FSYNC, -1, fsync, int, (int fd), (fd))
PLAIN(RENAME, -1, rename, int, (const char *from, const char *to), (from, to))
PLAIN(UNLINK, -1, unlink, int, (const char *path), (path))
PLAIN(FTRUNCATE, -1, ftruncate, int, (int fd, off_t n), (fd, n))
PLAIN(FTRUNCATE, -1, ftruncate64, int, (int fd, off64_t n), (fd, n))
PLAIN(MMAP, MAP_FAILED, mmap, void *, (void *at, size_t n, int p, int f, int fd, off_t o),
      (at, n, p, f, fd, o))
PLAIN(MMAP, MAP_FAILED, mmap64, void *, (void *at, size_t n, int p, int f, int fd, off64_t o),
      (at, n, p, f, fd, o))
PLAIN(STAT, -1, stat, int, (const char *path, struct stat *st), (path, st))
PLAIN(STAT, -1, stat64, int, (const char *path, struct stat64 *st), (path, st))
PLAIN(STAT, -1, lstat, int, (const char *path, struct stat *st), (path, st))
PLAIN(FSTAT, -1, fstat, int, (int fd, struct stat *st), (fd, st))
PLAIN(FSTAT, -1, fstat64, int, (int fd, struct stat64 *st), (fd, st))
PLAIN(LSEEK, -1, lseek, off_t, (int fd, off_t at, int how), (fd, at, how))
PLAIN(LSEEK, -1, lseek64, off64_t, (int fd, off64_t at, int how), (fd, at, how))
PLAIN(DUP, -1, dup, int, (int fd), (fd))
PLAIN(LOCK, -1, flock, int, (int fd, int how), (fd, how))
PLAIN(SOCKET, -1, socket, int, (int f, int t, int p), (f, t, p))
PLAIN(CONNECT, -1, connect, int, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
PLAIN(SEND, -1, send, ssize_t, (int fd, const void *p, size_t n, int f), (fd, p, n, f))
PLAIN(RECV, -1, recv, ssize_t, (int fd, void *p, size_t n, int f), (fd, p, n, f))
PLAIN(RANDOM, -1, getrandom, ssize_t, (void *p, size_t n, unsigned f), (p, n, f))
PLAIN(RANDOM, -1, getentropy, int, (void *p, size_t n), (p, n))

/* OpenSSL's, for it asks the system once in a while only. */
int RAND_bytes(unsigned char *to, int n);
PLAIN(RANDOM, 0, RAND_bytes, int, (unsigned char *to, int n), (to, n))

static atomic_ullong log_inode; /* of the last record */

static unsigned long long inode_of(int fd)
{
    REAL(fstat);
    struct stat st;
    return real(fd, &st) == 0 ? st.st_ino : 0;
}

ssize_t write(int fd, const void *p, size_t n)
{
    static const char mark[] = "\"type\":\"message\"";
    REAL(write);
    int half = 0;
    if (fails(WRITE, HERE, &half))
        return -1;
    ssize_t written = real(fd, p, half ? (n + 1) / 2 : n);
    if (control != NULL && written == (ssize_t)n &&
        memmem(p, n < 300 ? n : 300, mark, sizeof mark - 1) != NULL) {
        atomic_store(&log_inode, inode_of(fd));
        atomic_fetch_add(&control->written, 1);
    }
    return written;
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    unsigned long long before = control == NULL ? 0 : atomic_load(&control->written);
    if (fails(FDATASYNC, HERE, NULL))
        return -1;
    int result = real(fd);
    if (control == NULL || result != 0 || inode_of(fd) != atomic_load(&log_inode))
        return result;
    unsigned long long synced = atomic_load(&control->synced);
    while (synced < before && !atomic_compare_exchange_weak(&control->synced, &synced, before))
        continue;
    return result;
}

/* The descriptor is gone, as Linux does it. */
int close(int fd)
{
    REAL(close);
    int failed = fails(CLOSE, HERE, NULL), error = errno, result = real(fd);
    if (failed)
        errno = error;
    return failed ? -1 : result;
}

#define OPENING(name)                                                  \
    int name(const char *path, int flags, ...)                         \
    {                                                                  \
        REAL(name);                                                    \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;      \
        va_end(rest);                                                  \
        return fails(OPEN, HERE, NULL) ? -1 : real(path, flags, mode); \
    }
OPENING(open)
OPENING(open64)

#define LOCKING(name)                                                                \
    int name(int fd, int command, ...)                                               \
    {                                                                                \
        REAL(name);                                                                  \
        va_list rest;                                                                \
        va_start(rest, command);                                                     \
        void *argument = va_arg(rest, void *);                                       \
        va_end(rest);                                                                \
        int locks = command == F_SETLK || command == F_SETLKW || command == F_GETLK; \
        return locks && fails(LOCK, HERE, NULL) ? -1 : real(fd, command, argument);  \
    }
LOCKING(fcntl)
LOCKING(fcntl64)

/* libmilter rests for a second or more where a connection got no memory: not for as long here.
 */
unsigned sleep(unsigned seconds)
{
    (void)seconds;
    poll(NULL, 0, 1);
    return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *),
                   void *arg)
{
    REAL(pthread_create);
    return fails(THREAD, HERE, NULL) ? control->rows[THREAD].error
                                     : real(thread, how, run, arg);
}
