/* clock - see clock.h. */
#include "clock.h"

#include <time.h>

static struct timespec read_clock(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return now;
}

static int64_t microseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct fx_time clock_now(void)
{
    return (struct fx_time){.wall = microseconds(read_clock(CLOCK_REALTIME)),
                            .mono = microseconds(read_clock(CLOCK_MONOTONIC))};
}

int64_t clock_ms(void)
{
    return microseconds(read_clock(CLOCK_MONOTONIC)) / 1000;
}

bool clock_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool good = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return good;
}

struct timespec clock_at(int64_t ms)
{
    return (struct timespec){.tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000};
}
