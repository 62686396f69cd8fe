/* log - see log.h. */
#include "log.h"

#include "clock.h"
#include "command_filter.h"
#include "log_queue.h"
#include "log_sync.h"
#include "log_writer.h"
#include "sandbox.h"
#include "say.h"
#include "snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#define TICK_MS 1000
#define PATIENCE_MS 2000 /* at the end, for what still waits */

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
/* under log_lock */
static struct log_writer writer = {.file = {.fd = -1, .mark = -1}};
static struct log_found found; /* not told yet by a record */
static bool log_synced;        /* durability "fsync" */
static bool log_unsynced;      /* the last record is not on disk, which was told */
/* read by sessions without it, so that none waits for the disk */
static atomic_bool log_async, log_syslog, log_stopping;
static pthread_t log_thread;
static bool log_threaded;

/* Gives the lock back, and then says what the writer had to say. */
static void unlock(void)
{
    char said[LOG_SAID_MAX][LOG_SAID_OCTETS];
    size_t count = writer.said_count;
    memcpy(said, writer.said, count * sizeof said[0]);
    writer.said_count = 0;
    pthread_mutex_unlock(&log_lock);
    for (size_t i = 0; i < count; i++)
        say(LOG_NOTICE, "%s", said[i]);
}

static void take_settings(const struct fx_settings *settings)
{
    log_synced = settings->log.durability == FX_DURABILITY_FSYNC;
    log_async = settings->log.durability == FX_DURABILITY_ASYNC;
    log_syslog = settings->log.syslog;
}

/* Writes what waits, as far as that is possible. Under the lock. */
static bool flush(void)
{
    const struct fx_record *record;
    while ((record = log_queue_first()) != NULL) {
        if (writer.file.fd < 0 || !log_writer_put(&writer, record))
            return false;
        log_queue_drop();
    }
    return true;
}

static void *run(void *unused)
{
    bool good = true;
    while (!log_stopping) {
        int64_t now = clock_ms();
        if (good)
            log_queue_wait(now + TICK_MS);
        else
            nanosleep(&(struct timespec){.tv_nsec = TICK_MS / 4 * 1000000L}, NULL);
        pthread_mutex_lock(&log_lock);
        good = flush();
        log_writer_tick(&writer);
        unlock();
    }
    return unused;
}

int log_open(struct fx_config *config)
{
    if (!log_queue_open()) {
        say(LOG_ERR, "no memory for the log");
        return EX_SOFTWARE;
    }
    pthread_mutex_lock(&log_lock);
    int code = log_writer_open(&writer, config, &found);
    if (code == 0)
        take_settings(&config->settings);
    unlock();
    if (code != 0)
        return code;
    if (!log_daemon("start"))
        return EX_IOERR;
    log_threaded = pthread_create(&log_thread, NULL, run, NULL) == 0;
    if (!log_threaded)
        say(LOG_ERR, "cannot start the thread of the log");
    return log_threaded ? 0 : EX_SOFTWARE;
}

bool log_reopen(void)
{
    pthread_mutex_lock(&log_lock);
    writer.file.told = false;
    if (writer.file.fd >= 0)
        log_writer_look(&writer);
    bool good = log_file_name(&writer.file) == LOG_NAME_SAME;
    unlock();
    return good;
}

/* "stdout" once taken is kept: in the background it cannot be had again. */
static bool same_file(const char *path)
{
    return writer.file.path == NULL ? strcmp(path, "stdout") == 0
                                    : strcmp(path, writer.file.path) == 0;
}

bool log_reload(struct fx_config *config)
{
    bool good = true;
    pthread_mutex_lock(&log_lock);
    (void)flush(); /* what waits belongs to the log as it is */
    if (same_file(config->settings.log.file)) {
        log_writer_look(&writer);
        log_writer_take(&writer, config);
    } else {
        struct log_writer other;
        struct log_found there;
        int code = log_writer_open(&other, config, &there);
        good = code == 0;
        if (code == EX_NOPERM && sandbox_refused(config->settings.log.file))
            sandbox_explain();
        if (good) {
            log_sync_finish(&log_lock, &writer);
            log_writer_close(&writer);
            writer = other;
            found = there;
        }
    }
    if (good)
        take_settings(&config->settings);
    unlock();
    return good;
}

/* Says it once, and once when it is over. Under the lock. */
static bool settle_sync(bool synced)
{
    int error = errno;
    if (synced && log_unsynced)
        say(LOG_NOTICE, "the log is on disk again");
    if (!synced && !log_unsynced)
        say(LOG_ERR, "the log is not on disk: %s", strerror(error));
    if (!synced)
        log_writer_trouble(&writer.unsynced, error);
    log_unsynced = !synced;
    return synced;
}

/* counts: nobody gives this record again. One that no answer waits for is written once it is in
 * the file; given again, since it is not on disk, it would stand there twice. */
static bool write_now(const struct fx_record *record, bool counts)
{
    pthread_mutex_lock(&log_lock);
    errno = EBADF;
    bool written = writer.file.fd >= 0 && log_writer_put(&writer, record);
    if (!written && counts)
        log_writer_trouble(&writer.unwritten, errno);
    if (written && log_synced) {
        bool synced = settle_sync(log_sync_wait(&log_lock, &writer, writer.put_seq));
        written = synced || !counts;
    }
    unlock();
    return written;
}

static bool write_later(const struct fx_record *record, bool counts)
{
    if (log_queue_put(record))
        return true;
    pthread_mutex_lock(&log_lock);
    if (counts)
        log_writer_trouble(&writer.unwritten, ENOBUFS);
    unlock();
    return false;
}

static void tell(const struct fx_record *record)
{
    if (log_syslog && record->flagged && record->summary.len > 0)
        say(LOG_INFO, "%.*s", (int)record->summary.len, record->summary.data);
}

bool log_try(struct fx_record *record)
{
    bool written = log_async ? write_later(record, false) : write_now(record, false);
    if (written)
        tell(record);
    return written;
}

bool log_write(struct fx_record *record)
{
    bool written = log_async ? write_later(record, true) : write_now(record, true);
    tell(record);
    return written;
}

/* What waits is older than what the daemon has to say, and is written first. */
static bool write_daemon(const char *type, const struct fx_policy *policy,
                         const struct fx_command_counts *counts, struct fx_slice fault)
{
    struct fx_record record;
    struct fx_time now = clock_now();
    fx_record_init(&record);
    pthread_mutex_lock(&log_lock);
    struct fx_daemon_told told = {.chain = writer.keys.chain,
                                  .missing_from = found.missing_from,
                                  .missing_to = found.missing_to,
                                  .rewritten = found.rewritten,
                                  .counts = counts,
                                  .fault = fault};
    if (found.torn[0] != '\0')
        told.torn = fx_slice_str(found.torn);
    bool made = flush() && fx_record_daemon(&record, type, &now, policy, &told);
    unlock();
    bool written = made && write_now(&record, true);
    fx_record_finish(&record);
    if (written) {
        pthread_mutex_lock(&log_lock);
        found = (struct log_found){0};
        unlock();
    }
    return written;
}

static bool tell_daemon(const char *type, struct fx_slice fault)
{
    struct fx_command_counts counts;
    struct snapshot *snapshot = snapshot_acquire();
    if (snapshot == NULL)
        return false;
    bool counted = command_filter_counts(&counts);
    bool written =
        write_daemon(type, snapshot_config(snapshot)->policy, counted ? &counts : NULL, fault);
    snapshot_release(snapshot);
    return written;
}

bool log_daemon(const char *type)
{
    return tell_daemon(type, FX_ABSENT);
}

bool log_reload_refused(struct fx_slice fault)
{
    return tell_daemon("reload", fault);
}

/* Records that wait while the log cannot be written have a little more time. */
static void flush_patiently(void)
{
    const struct timespec moment = {.tv_nsec = 100000000};
    int64_t until = clock_ms() + PATIENCE_MS;
    for (;;) {
        pthread_mutex_lock(&log_lock);
        bool done = flush();
        unlock();
        if (done || clock_ms() >= until)
            break;
        nanosleep(&moment, NULL);
    }
    uint64_t lost = log_queue_count();
    if (lost > 0)
        say(LOG_ERR, "%llu records could not be written and are lost",
            (unsigned long long)lost);
}

void log_close(void)
{
    log_stopping = true;
    if (log_threaded) {
        log_queue_wake();
        pthread_join(log_thread, NULL);
    }
    flush_patiently();
    pthread_mutex_lock(&log_lock);
    if (writer.file.fd >= 0)
        log_writer_close(&writer);
    unlock();
}
