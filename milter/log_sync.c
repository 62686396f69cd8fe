/* log_sync - see log_sync.h. */
#include "log_sync.h"

#include <errno.h>
#include <unistd.h>

struct waiter {
    struct waiter *next;
    uint64_t seq;
    bool done;
    int error;
};

/* under the log's lock */
static pthread_cond_t synced = PTHREAD_COND_INITIALIZER;
static struct waiter *waiters;
static bool running;

/* Takes those whose record is on disk by now, or will not be, off the list. */
static void answer(struct log_writer *w, uint64_t upto, int error)
{
    struct waiter **link = &waiters;
    while (*link != NULL) {
        struct waiter *waiter = *link;
        if (waiter->seq > upto) {
            link = &waiter->next;
            continue;
        }
        /* of a part that was left meanwhile, this one says nothing */
        waiter->error = error == 0 && waiter->seq <= w->part_unsynced ? EIO : error;
        waiter->done = true;
        *link = waiter->next;
    }
}

static void sync_all(pthread_mutex_t *lock, struct log_writer *w)
{
    const struct fx_chain_place upto = w->file.place;
    int fd = dup(w->file.fd); /* the log may go on in another file meanwhile */
    int error = fd < 0 ? errno : 0;
    running = true;
    pthread_mutex_unlock(lock);
    if (fd >= 0 && !log_file_sync(fd))
        error = errno;
    if (fd >= 0)
        close(fd);
    pthread_mutex_lock(lock);
    running = false;
    if (error == 0)
        log_file_mark(&w->file, &upto);
    answer(w, upto.seq, error);
    pthread_cond_broadcast(&synced);
}

bool log_sync_wait(pthread_mutex_t *lock, struct log_writer *w, uint64_t seq)
{
    struct waiter self = {.next = waiters, .seq = seq};
    waiters = &self;
    while (!self.done) {
        if (running)
            pthread_cond_wait(&synced, lock);
        else
            sync_all(lock, w);
    }
    errno = self.error;
    return self.error == 0;
}

void log_sync_finish(pthread_mutex_t *lock, struct log_writer *w)
{
    while (waiters != NULL) {
        if (running)
            pthread_cond_wait(&synced, lock);
        else
            sync_all(lock, w);
    }
}
