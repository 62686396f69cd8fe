/* workplaces - see workplaces.h. */
#include "workplaces.h"

#include <pthread.h>

/* As many messages as are under way at the same moment on a busy server, not as many as have
 * begun: some 30 kB each. */
#define SPARE 32

static pthread_mutex_t spare_lock = PTHREAD_MUTEX_INITIALIZER;
/* under spare_lock */
static struct fx_workplace *spare[SPARE];
static size_t spare_count;

struct fx_workplace *workplaces_take(void)
{
    pthread_mutex_lock(&spare_lock);
    struct fx_workplace *w = spare_count > 0 ? spare[--spare_count] : NULL;
    pthread_mutex_unlock(&spare_lock);
    return w != NULL ? w : fx_workplace_create();
}

void workplaces_give(struct fx_workplace *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&spare_lock);
    bool room = spare_count < SPARE;
    if (room)
        spare[spare_count++] = w;
    pthread_mutex_unlock(&spare_lock);
    if (!room)
        fx_workplace_destroy(w);
}
