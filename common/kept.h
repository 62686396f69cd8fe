/* kept - an owned, bounded copy of bytes somebody else lent.
 *
 * For the few strings a session has to remember. Not thread-safe; one owner.
 */
#ifndef FX_KEPT_H
#define FX_KEPT_H

#include "slice.h"

struct fx_kept {
    char *data;
    size_t len, cap;
    bool told; /* false: nothing was ever set, the value is absent */
    bool cut;  /* the original was longer than allowed */
};

/* Keeps the first max octets of s; an absent s makes the value absent. false, old value gone,
 * when there is no memory. */
bool fx_kept_set(struct fx_kept *k, struct fx_slice s, size_t max);
/* Absent again; memory kept. */
void fx_kept_reset(struct fx_kept *k);
void fx_kept_finish(struct fx_kept *k);
/* Borrowed until the next call on k. */
struct fx_slice fx_kept_slice(const struct fx_kept *k);

#endif
