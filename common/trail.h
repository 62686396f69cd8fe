/* trail - what became of a message, found out from those that came after it.
 *
 * recipient-truncation: whether recipients refused by 452 came again. duplicate-delivery:
 * whether a message that was taken came again. Each looks at a sighting and at what the store
 * has under a key made of it, and says what the store shall have and what is known now. The
 * time is an argument; the only thing outside is the store.
 */
#ifndef FX_TRAIL_H
#define FX_TRAIL_H

#include "sighting.h"
#include "state.h"

/* What is known now of an earlier message; becomes a `later` record. */
struct fx_later {
    enum fx_rule rule; /* recipient-truncation, duplicate-delivery or limit-exceeded */
    char session[33];  /* whose message it is about */
    uint64_t message;
    char queue_id[FX_SIGHTING_WORD], profile[FX_SIGHTING_WORD], host[256];
    enum fx_mode mode;
    enum fx_basis basis;
    const char *detail; /* static: respected, abandoned, lost; of a limit what becomes of the
                           rest; NULL for duplicate-delivery */
    uint64_t count;     /* recipients refused; copies of the message so far; or values there were */
    uint64_t limit;     /* limit-exceeded: values there may be */
    uint64_t returned;  /* recipient-truncation: of those, the ones that came again */
    int64_t interval;   /* duplicate-delivery: microseconds between copies, the mean */
};

/* How long is waited and remembered; microseconds. */
struct fx_trail_terms {
    int64_t lost_after; /* state.lost_after_seconds */
    int64_t remember;   /* state.remember_seconds */
};

/* Takes one answer; borrowed for the call. */
typedef void fx_trail_tell(void *arg, const struct fx_later *answer);

/* A message has ended. false: the store failed; the same sighting may be given again, and
 * counts once. What was told was told, but between fx_state_begin and fx_state_end of a store
 * that joins changes: there nothing is true until the end has kept it, and where it has not, all
 * sightings since the beginning may be given again. */
bool fx_trail_see(struct fx_state *state, const struct fx_sighting *sighting,
                  const struct fx_trail_terms *terms, fx_trail_tell *tell, void *arg);

/* Looks at what is due at `now`: recipients that did not come in time. At most a hundred at a
 * time; *more says that there may be others. false: the store failed, and of a store that joins
 * changes nothing is true that was told: these are one step. */
bool fx_trail_wait(struct fx_state *state, int64_t now, fx_trail_tell *tell, void *arg,
                   bool *more);

#endif
