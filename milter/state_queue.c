/* state_queue - see state_queue.h. */
#include "state_queue.h"

#include "clock.h"

#include <pthread.h>
#include <stdlib.h>

/* Some minutes of a busy server. */
#define QUEUE_MAX 10000
#define QUEUE_OCTETS ((size_t)32 * 1024 * 1024)

static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t queue_changed;
/* under queue_lock */
static struct state_waiting *first, **last = &first;
static size_t queue_count, queue_octets;
static uint64_t dropped;
static bool closed;
static bool called_for; /* the taker waits for something to take */

static size_t octets_of(const struct fx_sighting *s)
{
    return sizeof(struct state_waiting) + s->recipient_count * sizeof *s->recipients;
}

bool state_queue_open(void)
{
    return clock_condition(&queue_changed);
}

void state_waiting_free(struct state_waiting *w)
{
    if (w == NULL)
        return;
    fx_sighting_finish(&w->sighting);
    free(w);
}

void state_queue_put(struct state_waiting *w)
{
    pthread_mutex_lock(&queue_lock);
    bool room = w != NULL && !closed && queue_count < QUEUE_MAX &&
                octets_of(&w->sighting) <= QUEUE_OCTETS - queue_octets;
    bool call = room && called_for;
    if (room) {
        w->next = NULL;
        *last = w;
        last = &w->next;
        queue_count++;
        queue_octets += octets_of(&w->sighting);
        called_for = false;
    } else {
        dropped++;
    }
    pthread_mutex_unlock(&queue_lock);
    if (call)
        pthread_cond_signal(&queue_changed);
    if (!room)
        state_waiting_free(w);
}

struct state_waiting *state_queue_take(size_t max)
{
    pthread_mutex_lock(&queue_lock);
    struct state_waiting *list = first, **end = &first;
    for (; max > 0 && *end != NULL; max--) {
        queue_count--;
        queue_octets -= octets_of(&(*end)->sighting);
        end = &(*end)->next;
    }
    if (end == &first) {
        list = NULL;
    } else {
        first = *end;
        *end = NULL;
        if (first == NULL)
            last = &first;
    }
    pthread_mutex_unlock(&queue_lock);
    return list;
}

void state_queue_wait(int64_t until, bool for_something)
{
    const struct timespec when = clock_at(until);
    int result = 0;
    pthread_mutex_lock(&queue_lock);
    while (result == 0 && !closed && !(for_something && first != NULL)) {
        called_for = for_something;
        result = pthread_cond_timedwait(&queue_changed, &queue_lock, &when);
    }
    called_for = false;
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
