/* hold - see hold.h. */
#include "hold.h"

#include "clock.h"
#include "io.h"

#include <pthread.h>

static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
/* under hold_lock */
static uint64_t held;
static bool ended;

static pthread_cond_t hold_over; /* told when `ended` becomes true */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;    /* hold_over could be made; written once */
static uint64_t most; /* written once: each takes a descriptor, and others need some, too */

static void make(void)
{
    most = io_files_share();
    ready = clock_condition(&hold_over);
}

enum hold_place hold_take(uint64_t max_held)
{
    enum hold_place place = HOLD_PLACE;
    pthread_once(&once, make);
    pthread_mutex_lock(&hold_lock);
    if (ended || !ready)
        place = HOLD_ENDED;
    else if (held >= max_held || held >= most)
        place = HOLD_FULL;
    else
        held++;
    pthread_mutex_unlock(&hold_lock);
    return place;
}

void hold_give_back(void)
{
    pthread_mutex_lock(&hold_lock);
    held--;
    pthread_mutex_unlock(&hold_lock);
}

/* Until then, or until all holding ends, which gives true. */
static bool wait_until(int64_t ms)
{
    const struct timespec until = clock_at(ms);
    int failed = 0;
    pthread_mutex_lock(&hold_lock);
    while (!ended && failed == 0)
        failed = pthread_cond_timedwait(&hold_over, &hold_lock, &until);
    bool over = ended;
    pthread_mutex_unlock(&hold_lock);
    return over;
}

bool hold_wait(const struct hold *h)
{
    int64_t now = clock_ms(), end = now + h->milliseconds;
    bool there = true;
    while (there && now < end) {
        int64_t next = end - now > h->between ? now + h->between : end;
        if (wait_until(next))
            break;
        there = next == end || h->progress(h->arg);
        now = clock_ms();
    }
    hold_give_back();
    return there;
}

void hold_end(void)
{
    pthread_once(&once, make);
    pthread_mutex_lock(&hold_lock);
    ended = true;
    if (ready)
        pthread_cond_broadcast(&hold_over);
    pthread_mutex_unlock(&hold_lock);
}

uint64_t hold_count(void)
{
    pthread_mutex_lock(&hold_lock);
    uint64_t n = held;
    pthread_mutex_unlock(&hold_lock);
    return n;
}
