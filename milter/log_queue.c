/* log_queue - see log_queue.h. */
#include "log_queue.h"

#include "clock.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 10000
#define OCTETS_MAX ((size_t)32 * 1024 * 1024)

struct waiting {
    struct waiting *next;
    struct fx_record record; /* its text is in `octets`, all else empty */
    char octets[];
};

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
/* under queue_lock */
static struct waiting *first, **last = &first;
static uint64_t count;
static size_t octets;
static bool woken;

bool log_queue_open(void)
{
    return clock_condition(&changed);
}

static struct waiting *copy_of(const struct fx_record *record)
{
    struct fx_slice text = fx_text_slice(&record->text);
    struct waiting *w = malloc(sizeof *w + text.len);
    if (w == NULL)
        return NULL;
    *w = (struct waiting){.record = {.seq_at = record->seq_at}};
    fx_text_init_fixed(&w->record.text, w->octets, text.len);
    fx_text_add(&w->record.text, text);
    return w;
}

bool log_queue_put(const struct fx_record *record)
{
    struct waiting *w = copy_of(record);
    if (w == NULL)
        return false;
    pthread_mutex_lock(&queue_lock);
    bool room = count < RECORDS_MAX && octets + w->record.text.len <= OCTETS_MAX;
    if (room) {
        *last = w;
        last = &w->next;
        count++;
        octets += w->record.text.len;
        woken = true;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&queue_lock);
    if (!room)
        free(w);
    return room;
}

const struct fx_record *log_queue_first(void)
{
    pthread_mutex_lock(&queue_lock);
    const struct fx_record *record = first == NULL ? NULL : &first->record;
    pthread_mutex_unlock(&queue_lock);
    return record;
}

void log_queue_drop(void)
{
    pthread_mutex_lock(&queue_lock);
    struct waiting *w = first;
    if (w != NULL) {
        first = w->next;
        if (first == NULL)
            last = &first;
        count--;
        octets -= w->record.text.len;
    }
    pthread_mutex_unlock(&queue_lock);
    free(w);
}

uint64_t log_queue_count(void)
{
    pthread_mutex_lock(&queue_lock);
    uint64_t n = count;
    pthread_mutex_unlock(&queue_lock);
    return n;
}

void log_queue_wait(int64_t until)
{
    struct timespec end = clock_at(until);
    pthread_mutex_lock(&queue_lock);
    while (!woken && pthread_cond_timedwait(&changed, &queue_lock, &end) == 0)
        continue;
    woken = false;
    pthread_mutex_unlock(&queue_lock);
}

void log_queue_wake(void)
{
    pthread_mutex_lock(&queue_lock);
    woken = true;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&queue_lock);
}
