/* log - see log.h. */
#include "log.h"

#include "clock.h"
#include "command_filter.h"
#include "io.h"
#include "log_tail.h"
#include "say.h"
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_OCTETS (FX_RECORD_MAX + 1024) /* seq, chain, line end */

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
/* under log_lock */
static int log_fd = -1;
static uint64_t log_seq;
static struct fx_text log_line;
static bool log_sync, log_syslog, log_broken;
static bool log_stdout; /* once taken it is kept: in the background it cannot be had again */

static bool is_stdout(const char *file)
{
    return strcmp(file, "stdout") == 0;
}

/* A locked descriptor, or -1 with *code set and the reason said. */
static int open_file(const char *file, int *code)
{
    if (is_stdout(file))
        return dup(STDOUT_FILENO);
    int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        say(LOG_ERR, "%s: cannot open the log: %s", file, strerror(errno));
        *code = errno == EACCES || errno == EPERM ? EX_NOPERM : EX_CANTCREAT;
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        say(LOG_ERR, "%s: another process writes this log", file);
        *code = EX_TEMPFAIL;
        close(fd);
        return -1;
    }
    return fd;
}

/* A rename keeps the lock with the old file, so reopening by name cannot lock itself out; the
 * same file again must not be locked twice. */
static bool same_file(int fd, const char *file)
{
    struct stat a, b;
    return fd >= 0 && fstat(fd, &a) == 0 && stat(file, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static void take_settings(const struct fx_settings *settings)
{
    log_sync = settings->log.durability == FX_DURABILITY_FSYNC;
    log_syslog = settings->log.syslog;
}

int log_open(const struct fx_settings *settings)
{
    const char *file = settings->log.file;
    struct log_tail tail = {0};
    int code = 0;
    int fd = open_file(file, &code);
    if (fd < 0)
        return code == 0 ? EX_IOERR : code;
    if (!is_stdout(file) && !log_tail_read(fd, file, (int64_t)time(NULL), &tail)) {
        say(LOG_ERR, "%s: its end cannot be read or mended: %s", file, strerror(errno));
        close(fd);
        return EX_IOERR;
    }
    if (tail.torn[0] != '\0')
        say(LOG_WARNING, "%s: the last line was torn; it is in %s", file, tail.torn);
    pthread_mutex_lock(&log_lock);
    log_fd = fd;
    log_seq = tail.seq;
    log_stdout = is_stdout(file);
    fx_text_init_growing(&log_line, LINE_MAX_OCTETS);
    take_settings(settings);
    pthread_mutex_unlock(&log_lock);
    if (!log_daemon("start", tail.torn[0] == '\0' ? NULL : tail.torn))
        return EX_IOERR;
    return 0;
}

bool log_reopen(const struct fx_settings *settings)
{
    const char *file = settings->log.file;
    int code = 0, fd = -1;
    pthread_mutex_lock(&log_lock);
    bool keep = is_stdout(file) ? log_stdout : !log_stdout && same_file(log_fd, file);
    if (!keep) {
        fd = open_file(file, &code);
        if (fd < 0) {
            pthread_mutex_unlock(&log_lock);
            return false;
        }
        close(log_fd);
        log_fd = fd;
        log_stdout = is_stdout(file);
    }
    take_settings(settings);
    pthread_mutex_unlock(&log_lock);
    return true;
}

/* Takes a line that was cut short off the file again, so that no half record stays between
 * whole ones. */
static void undo(int fd, off_t end)
{
    if (end >= 0 && ftruncate(fd, end) != 0)
        say(LOG_ERR, "the log has a torn line: %s", strerror(errno));
}

static bool write_line(struct fx_record *record)
{
    if (!fx_record_line(record, log_seq + 1, NULL, &log_line))
        return false;
    fx_text_add_char(&log_line, '\n');
    off_t end = lseek(log_fd, 0, SEEK_END);
    if (log_line.overflow || !io_write(log_fd, fx_text_slice(&log_line))) {
        int error = log_line.overflow ? ENOMEM : errno;
        undo(log_fd, end);
        if (!log_broken)
            say(LOG_ERR, "the log cannot be written: %s", strerror(error));
        log_broken = true;
        return false;
    }
    log_seq++;
    if (log_broken)
        say(LOG_NOTICE, "the log can be written again");
    log_broken = false;
    if (!log_sync || fdatasync(log_fd) == 0 || errno == EINVAL)
        return true;
    say(LOG_ERR, "the log is not on disk: %s", strerror(errno));
    return false;
}

bool log_write(struct fx_record *record)
{
    pthread_mutex_lock(&log_lock);
    bool written = log_fd >= 0 && write_line(record);
    bool tell = log_syslog && record->flagged && record->summary.len > 0;
    pthread_mutex_unlock(&log_lock);
    if (tell)
        say(LOG_INFO, "%.*s", (int)record->summary.len, record->summary.data);
    return written;
}

bool log_daemon(const char *type, const char *torn)
{
    struct fx_record record;
    struct fx_command_counts counts;
    struct snapshot *snapshot = snapshot_acquire();
    if (snapshot == NULL)
        return false;
    struct fx_time now = clock_now();
    bool counted = command_filter_counts(&counts);
    fx_record_init(&record);
    bool written = fx_record_daemon(&record, type, &now, snapshot_config(snapshot)->policy,
                                    fx_slice_str(torn), counted ? &counts : NULL) &&
                   log_write(&record);
    fx_record_finish(&record);
    snapshot_release(snapshot);
    return written;
}

void log_close(void)
{
    pthread_mutex_lock(&log_lock);
    if (log_fd >= 0)
        close(log_fd);
    log_fd = -1;
    fx_text_finish(&log_line);
    pthread_mutex_unlock(&log_lock);
}
