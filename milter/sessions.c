/* sessions - see sessions.h. */
#include "sessions.h"

#include <pthread.h>

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
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
    live--;
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

unsigned long sessions_live(void)
{
    pthread_mutex_lock(&sessions_lock);
    unsigned long n = live;
    pthread_mutex_unlock(&sessions_lock);
    return n;
}
