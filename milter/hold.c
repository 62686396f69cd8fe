/* hold - see hold.h. */
#include "hold.h"

#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

static pthread_mutex_t hold_lock = PTHREAD_MUTEX_INITIALIZER;
/* under hold_lock */
static uint64_t held;
static bool ended;

static pthread_cond_t hold_over; /* by the monotonic clock; told when `ended` becomes true */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;    /* hold_over could be made; written once */
static uint64_t most; /* written once: each takes a descriptor, and others need some, too */

static void make(void)
{
    pthread_condattr_t attributes;
    struct rlimit files;
    most = getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY
               ? UINT64_MAX
               : (uint64_t)files.rlim_cur / 4 * 3;
    if (pthread_condattr_init(&attributes) != 0)
        return;
    ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
            pthread_cond_init(&hold_over, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
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

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until then, or until all holding ends, which gives true. */
static bool wait_until(int64_t ms)
{
    const struct timespec until = {.tv_sec = (time_t)(ms / 1000),
                                   .tv_nsec = (long)(ms % 1000) * 1000000};
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
    int64_t now = monotonic_ms(), end = now + h->milliseconds;
    bool there = true;
    while (there && now < end) {
        int64_t next = end - now > h->between ? now + h->between : end;
        if (wait_until(next))
            break;
        there = next == end || h->progress(h->arg);
        now = monotonic_ms();
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
