/* snapshot - the configuration in force, counted, exchanged on reload under one lock.
 *
 * Each connection takes one at its start and gives it back at its end, so that it sees one
 * policy throughout. Thread-safe.
 */
#ifndef FXM_SNAPSHOT_H
#define FXM_SNAPSHOT_H

#include "config.h"

struct snapshot;

/* Puts a configuration in force; takes ownership. false: no memory, nothing changed and the
 * configuration still belongs to the caller. */
bool snapshot_install(struct fx_config *config);
/* The one in force, counted; NULL before the first. Give it back with snapshot_release. */
struct snapshot *snapshot_acquire(void);
/* The same one counted once more. */
struct snapshot *snapshot_again(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot); /* NULL allowed */
const struct fx_config *snapshot_config(const struct snapshot *snapshot);
/* Counts one more message among those of which this ruleset of its policy holds some; gives the
 * count, 1 the first time. Each snapshot has counts of its own, so a reload begins anew. */
uint64_t snapshot_turn(struct snapshot *snapshot, const struct fx_ruleset *rules);

#endif
