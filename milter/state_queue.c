/* state_queue - see state_queue.h. */
#include "state_queue.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>

/* Some minutes of a busy server. */
#define QUEUE_MAX 10000
#define QUEUE_OCTETS ((size_t)32 * 1024 * 1024)

struct waiting {
    struct waiting *next;
    struct fx_sighting sighting;
};

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed;
/* under queue_lock */
static struct waiting *first, **last = &first;
static size_t queue_count, queue_octets;
static uint64_t dropped;
static bool closed;

static size_t octets_of(const struct fx_sighting *s)
{
    return sizeof(struct waiting) + s->recipient_count * sizeof *s->recipients;
}

bool state_queue_open(void)
{
    return clock_condition(&queue_changed);
}

void state_queue_put(struct fx_sighting *sighting)
{
    size_t octets = octets_of(sighting);
    struct waiting *w = malloc(sizeof *w);
    pthread_mutex_lock(&queue_lock);
    bool room = w != NULL && !closed && queue_count < QUEUE_MAX &&
                octets <= QUEUE_OCTETS - queue_octets;
    if (room) {
        *w = (struct waiting){.sighting = *sighting};
        *last = w;
        last = &w->next;
        queue_count++;
        queue_octets += octets;
        pthread_cond_signal(&queue_changed);
    } else {
        dropped++;
    }
    pthread_mutex_unlock(&queue_lock);
    if (room)
        return;
    fx_sighting_finish(sighting);
    free(w);
}

bool state_queue_take(struct fx_sighting *out)
{
    pthread_mutex_lock(&queue_lock);
    struct waiting *w = first;
    if (w != NULL) {
        first = w->next;
        if (first == NULL)
            last = &first;
        queue_count--;
        queue_octets -= octets_of(&w->sighting);
    }
    pthread_mutex_unlock(&queue_lock);
    if (w == NULL)
        return false;
    *out = w->sighting;
    free(w);
    return true;
}

void state_queue_wait(int64_t until, bool for_something)
{
    const struct timespec when = clock_at(until);
    int result = 0;
    pthread_mutex_lock(&queue_lock);
    while (result == 0 && !closed && !(for_something && first != NULL))
        result = pthread_cond_timedwait(&queue_changed, &queue_lock, &when);
    pthread_mutex_unlock(&queue_lock);
}

uint64_t state_queue_dropped(void)
{
    pthread_mutex_lock(&queue_lock);
    uint64_t n = dropped;
    dropped = 0;
    pthread_mutex_unlock(&queue_lock);
    return n;
}

void state_queue_close(void)
{
    pthread_mutex_lock(&queue_lock);
    closed = true;
    pthread_cond_signal(&queue_changed);
    pthread_mutex_unlock(&queue_lock);
}

bool state_queue_closed(void)
{
    pthread_mutex_lock(&queue_lock);
    bool answer = closed;
    pthread_mutex_unlock(&queue_lock);
    return answer;
}
