/* sessions - see sessions.h. */
#include "sessions.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sessions_none = PTHREAD_COND_INITIALIZER;
/* under sessions_lock */
static unsigned long live;
static bool closed;

void sessions_begin(void)
{
    pthread_mutex_lock(&sessions_lock);
    live++;
    pthread_mutex_unlock(&sessions_lock);
}

void sessions_end(void)
{
    pthread_mutex_lock(&sessions_lock);
    if (--live == 0)
        pthread_cond_broadcast(&sessions_none);
    pthread_mutex_unlock(&sessions_lock);
}

void sessions_close_door(void)
{
    pthread_mutex_lock(&sessions_lock);
    closed = true;
    pthread_mutex_unlock(&sessions_lock);
}

bool sessions_door_closed(void)
{
    pthread_mutex_lock(&sessions_lock);
    bool answer = closed;
    pthread_mutex_unlock(&sessions_lock);
    return answer;
}

unsigned long sessions_wait(int64_t seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)seconds;
    pthread_mutex_lock(&sessions_lock);
    while (live > 0)
        if (pthread_cond_timedwait(&sessions_none, &sessions_lock, &until) == ETIMEDOUT)
            break;
    unsigned long left = live;
    pthread_mutex_unlock(&sessions_lock);
    return left;
}
