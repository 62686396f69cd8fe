/* log_file - see log_file.h. */
#include "log_file.h"

#include "clock.h"
#include "io.h"
#include "log_mark.h"
#include "log_tail.h"
#include "say.h"
#include "timestamp.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* So long a pipe may have no room, with sessions waiting: less than any mail server waits. */
#define PATIENCE_MS 5000

static int64_t seconds_now(void)
{
    return clock_now().wall / 1000000;
}

/* A locked descriptor, or -1 with errno. An administrator's link is followed. */
static int open_locked(const char *path)
{
    if (io_link_of_others(path)) {
        errno = ELOOP;
        return -1;
    }
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* The exit code for a file that cannot be opened, the reason said. */
static int cannot_open(const char *path, const char *which)
{
    if (errno == EWOULDBLOCK) {
        say(LOG_ERR, "%s%s: another process writes this log", path, which);
        return EX_TEMPFAIL;
    }
    if (errno == EACCES || errno == EPERM) {
        /* by number: the sandbox lets no name be looked up */
        say(LOG_ERR, "%s%s: cannot open the log as uid %lu: %s", path, which,
            (unsigned long)geteuid(), strerror(errno));
        return EX_NOPERM;
    }
    say(LOG_ERR, "%s%s: cannot open the log: %s", path, which,
        errno == ELOOP
            ? "a symbolic link of another user, or in a circle; allowed: one of root "
              "or of the user of the daemon"
            : strerror(errno));
    return EX_CANTCREAT;
}

/* Where the chain goes on, by what the log and its mark say. */
static void take_place(struct log_file *file, const struct log_tail *tail,
                       struct log_found *found)
{
    struct fx_chain_place mark;
    bool damaged = false;
    bool marked = file->mark >= 0 && log_mark_read(file->mark, &mark, &damaged);
    if (damaged && !marked)
        say(LOG_WARNING, "%s.head: does not make sense; the log itself is believed",
            file->path);
    fx_chain_begin(&file->place);
    if (tail->place.seq > 0) {
        file->place.seq = tail->place.seq;
        if (tail->place.hash[0] != '\0')
            file->place = tail->place;
        else if (marked)
            memcpy(file->place.hash, mark.hash, sizeof mark.hash);
    }
    /* Another hash may mean another key since: not where the record names its key, or where the
     * mark does not know this hash. A last line of somebody else is no record of ours either.
     */
    bool known =
        marked && mark.seq == tail->place.seq && strcmp(mark.hash, tail->place.hash) == 0;
    found->rewritten = (tail->altered && (tail->same_key || !known)) ||
                       (marked && !found->fresh && tail->place.seq == 0);
    if (!marked || mark.seq < file->place.seq)
        return;
    if (found->fresh) {
        found->continues = mark.seq > 0;
    } else if (tail->place.seq > 0 && mark.seq > file->place.seq) {
        found->missing_from = file->place.seq + 1;
        found->missing_to = mark.seq;
    } else if (strcmp(mark.hash, file->place.hash) != 0) {
        found->rewritten = true;
    }
    file->place = mark;
}

static void say_found(const char *path, const struct log_found *found)
{
    if (found->torn[0] != '\0')
        say(LOG_WARNING, "%s: the last line was torn; it is in %s", path, found->torn);
    if (found->missing_from > 0)
        say(LOG_ERR, "%s: records %llu to %llu, which %s.head knows of, are not in it", path,
            (unsigned long long)found->missing_from, (unsigned long long)found->missing_to,
            path);
    if (found->rewritten)
        say(LOG_ERR, "%s: its last record is not the one that was written (or the key is not)",
            path);
}

static int open_regular(struct log_file *file, struct fx_chain *chain, struct log_found *found)
{
    struct log_tail tail;
    struct stat st;
    if (chain != NULL && (file->mark = log_mark_open(file->path)) < 0)
        return cannot_open(file->path, ".head");
    if (fstat(file->fd, &st) != 0 ||
        !log_tail_read(file->fd, file->path, seconds_now(), chain, &tail)) {
        say(LOG_ERR, "%s: its end cannot be read or mended: %s", file->path, strerror(errno));
        return EX_IOERR;
    }
    found->fresh = st.st_size == 0;
    memcpy(found->torn, tail.torn, sizeof found->torn);
    take_place(file, &tail, found);
    say_found(file->path, found);
    file->size = lseek(file->fd, 0, SEEK_END);
    return 0;
}

int log_file_open(const char *path, struct fx_chain *chain, struct log_file *file,
                  struct log_found *found)
{
    struct stat st;
    *file = (struct log_file){.fd = -1, .mark = -1};
    *found = (struct log_found){0};
    fx_chain_begin(&file->place);
    if (strcmp(path, "stdout") == 0) {
        file->fd = dup(STDOUT_FILENO);
        return file->fd >= 0 ? 0 : cannot_open(path, "");
    }
    file->path = strdup(path);
    if (file->path == NULL) {
        say(LOG_ERR, "no memory");
        return EX_SOFTWARE;
    }
    file->fd = open_locked(path);
    int code = file->fd < 0 ? cannot_open(path, "") : 0;
    file->regular = code == 0 && fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode);
    if (file->regular) {
        file->device = st.st_dev;
        file->inode = st.st_ino;
        code = open_regular(file, chain, found);
    }
    if (code != 0)
        log_file_close(file);
    return code;
}

void log_file_close(struct log_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    if (file->mark >= 0)
        close(file->mark);
    free(file->path);
    *file = (struct log_file){.fd = -1, .mark = -1};
}

/* Takes what was written of a line off the file again, so that no half record stays between
 * whole ones. */
static bool undo(struct log_file *file)
{
    if (file->regular)
        file->torn = ftruncate(file->fd, file->size) != 0;
    return !file->torn;
}

/* What is no file cannot be cut: half a line gets its line end with the next one. */
static bool pass_on(struct log_file *file, struct fx_slice line)
{
    struct fx_slice end = FX_LIT("\n"), rest = line;
    const int patience = file->stalled ? 0 : PATIENCE_MS;
    bool good = !file->torn || io_pass(file->fd, &end, patience);
    if (good) {
        good = io_pass(file->fd, &rest, patience);
        file->torn = rest.len > 0 && rest.len < line.len;
    }
    file->stalled = !good && errno == EAGAIN;
    return good;
}

/* Somebody else may have written to it, or cut it: a line begins a line all the same, else the
 * record in it could not be read. */
static bool look_at_end(struct log_file *file)
{
    char last;
    off_t end = lseek(file->fd, 0, SEEK_END);
    if (end == file->size)
        return true;
    if (end < file->size)
        say(LOG_ERR, "%s: was cut while it was in use, from %lld octets to %lld", file->path,
            (long long)file->size, (long long)end);
    file->size = end;
    if (end <= 0 || (io_read_at(file->fd, &last, 1, end - 1) && last == '\n'))
        return end >= 0;
    say(LOG_ERR, "%s: somebody else left half a line in it", file->path);
    if (!io_write(file->fd, (struct fx_slice)FX_LIT("\n")))
        return false;
    file->size++;
    return true;
}

bool log_file_append(struct log_file *file, struct fx_slice line,
                     const struct fx_chain_place *now)
{
    if (file->regular && file->torn && !undo(file))
        return false;
    if (file->regular && !look_at_end(file))
        return false;
    if (file->regular ? !io_write(file->fd, line) : !pass_on(file, line)) {
        int error = errno;
        undo(file);
        errno = error;
        return false;
    }
    file->size += (off_t)line.len;
    file->place = *now;
    if (!file->mark_later)
        log_file_mark(file, now);
    return true;
}

void log_file_mark(struct log_file *file, const struct fx_chain_place *place)
{
    if (file->mark < 0 || place->seq <= file->marked)
        return;
    file->marked = place->seq;
    if (log_mark_write(file->mark, place) || file->told)
        return;
    say(LOG_ERR, "%s.head: cannot be written: %s", file->path, strerror(errno));
    file->told = true;
}

enum log_name log_file_name(const struct log_file *file)
{
    struct stat now;
    if (!file->regular)
        return LOG_NAME_SAME;
    /* an inode that is open is nobody else's, so the name tells all where it leads to it */
    if (stat(file->path, &now) == 0 && now.st_dev == file->device && now.st_ino == file->inode)
        return LOG_NAME_SAME;
    if (fstat(file->fd, &now) != 0)
        return LOG_NAME_SAME;
    return now.st_nlink == 0 ? LOG_NAME_REMOVED : LOG_NAME_ELSEWHERE;
}

/* A pipe or a device in its place would take records and keep none, or keep us waiting. */
static bool is_regular(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    errno = ENODEV;
    return S_ISREG(st.st_mode);
}

int log_file_next(struct log_file *file)
{
    struct log_tail tail = {0};
    int fd = open_locked(file->path);
    if (fd >= 0 && is_regular(fd) &&
        log_tail_read(fd, file->path, seconds_now(), NULL, &tail)) {
        if (tail.torn[0] != '\0')
            say(LOG_WARNING, "%s: the last line was torn; it is in %s", file->path, tail.torn);
        return fd;
    }
    if (!file->told)
        say(LOG_ERR, "%s: cannot be opened again, the old file stays in use: %s", file->path,
            errno == EWOULDBLOCK ? "another process writes it"
            : errno == ENODEV    ? "not a regular file"
                                 : strerror(errno));
    file->told = true;
    if (fd >= 0)
        close(fd);
    return -1;
}

void log_file_switch(struct log_file *file, int next)
{
    struct stat st = {0};
    close(file->fd);
    file->fd = next;
    (void)fstat(next, &st);
    file->device = st.st_dev;
    file->inode = st.st_ino;
    file->size = lseek(next, 0, SEEK_END);
    file->torn = file->told = false;
    log_file_use_mark(file, file->mark >= 0);
}

void log_file_use_mark(struct log_file *file, bool used)
{
    struct stat st;
    if (!file->regular)
        return;
    bool lost = file->mark >= 0 && (fstat(file->mark, &st) != 0 || st.st_nlink == 0);
    if (file->mark >= 0 && (lost || !used)) {
        close(file->mark);
        file->mark = -1;
    }
    if (!used || file->mark >= 0)
        return;
    file->mark = log_mark_open(file->path);
    if (file->mark < 0 && !file->told) {
        say(LOG_ERR, "%s.head: cannot be written: %s", file->path, strerror(errno));
        file->told = true;
    }
    file->marked = 0;
    if (!file->mark_later)
        log_file_mark(file, &file->place);
}

bool log_file_rename(struct log_file *file, int64_t wall)
{
    char name[PATH_MAX], digits[64];
    struct fx_text time;
    fx_text_init_fixed(&time, digits, sizeof digits);
    fx_timestamp_add(&time, wall);
    /* 2026-11-21T10:00:00.123456Z without what ls(1) and shells could trip over */
    int len = snprintf(name, sizeof name, "%s.%.4s%.2s%.5s%.2s%.2sZ-%012llu", file->path,
                       digits, digits + 5, digits + 8, digits + 14, digits + 17,
                       (unsigned long long)file->place.seq);
    if (len > 0 && len < (int)sizeof name && rename(file->path, name) == 0)
        return true;
    if (!file->told)
        say(LOG_ERR, "%s: cannot be renamed, it grows on: %s", file->path, strerror(errno));
    file->told = true;
    return false;
}

bool log_file_sync(int fd)
{
    return fdatasync(fd) == 0 || errno == EINVAL;
}

bool log_file_sync_name(const struct log_file *file)
{
    char copy[PATH_MAX];
    if (!file->regular || strlen(file->path) >= sizeof copy)
        return true;
    memcpy(copy, file->path, strlen(file->path) + 1);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return good;
}
