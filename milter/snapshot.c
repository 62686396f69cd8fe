/* snapshot - see snapshot.h. */
#include "snapshot.h"

#include <pthread.h>
#include <stdlib.h>

struct snapshot {
    struct fx_config *config;
    unsigned long users; /* connections, and one for being in force */
};

static pthread_mutex_t snapshot_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *in_force;

bool snapshot_install(struct fx_config *config)
{
    struct snapshot *fresh = malloc(sizeof *fresh);
    if (fresh == NULL)
        return false;
    *fresh = (struct snapshot){.config = config, .users = 1};
    pthread_mutex_lock(&snapshot_lock);
    struct snapshot *old = in_force;
    in_force = fresh;
    pthread_mutex_unlock(&snapshot_lock);
    snapshot_release(old);
    return true;
}

struct snapshot *snapshot_acquire(void)
{
    pthread_mutex_lock(&snapshot_lock);
    struct snapshot *snapshot = in_force;
    if (snapshot != NULL)
        snapshot->users++;
    pthread_mutex_unlock(&snapshot_lock);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    pthread_mutex_lock(&snapshot_lock);
    bool last = --snapshot->users == 0;
    pthread_mutex_unlock(&snapshot_lock);
    if (last) {
        fx_config_destroy(snapshot->config);
        free(snapshot);
    }
}

const struct fx_config *snapshot_config(const struct snapshot *snapshot)
{
    return snapshot->config;
}
