/* snapshot - see snapshot.h. */
#include "snapshot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct snapshot {
    struct fx_config *config;
    unsigned long users;   /* connections, and one for being in force */
    atomic_ullong turns[]; /* by fx_policy_number */
};

static pthread_mutex_t snapshot_lock = PTHREAD_MUTEX_INITIALIZER;
static struct snapshot *in_force;

bool snapshot_install(struct fx_config *config)
{
    size_t rulesets = config->policy->block_count + 1;
    struct snapshot *fresh = malloc(sizeof *fresh + rulesets * sizeof fresh->turns[0]);
    if (fresh == NULL)
        return false;
    fresh->config = config;
    fresh->users = 1;
    for (size_t i = 0; i < rulesets; i++)
        atomic_init(&fresh->turns[i], 0);
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

struct snapshot *snapshot_again(struct snapshot *snapshot)
{
    pthread_mutex_lock(&snapshot_lock);
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

uint64_t snapshot_turn(struct snapshot *snapshot, const struct fx_ruleset *rules)
{
    size_t n = fx_policy_number(snapshot->config->policy, rules);
    return atomic_fetch_add(&snapshot->turns[n], 1) + 1;
}
