/* state_queue - sightings on their way from the sessions to the thread of the state store.
 *
 * Bounded in number and octets: nobody who puts one in ever waits for the store. What finds no
 * room is dropped and counted. Thread-safe; one taker.
 */
#ifndef FXM_STATE_QUEUE_H
#define FXM_STATE_QUEUE_H

#include "sighting.h"

/* Before anything else. false: no condition variable. */
bool state_queue_open(void);
/* One in the queue, or on its way there; from malloc(3). */
struct state_waiting {
    struct state_waiting *next; /* the queue's, and then the taker's */
    struct fx_sighting sighting;
};
void state_waiting_free(struct state_waiting *w); /* NULL allowed */

/* Takes it over, whatever becomes of it. NULL: there was no memory for one, which is counted.
 */
void state_queue_put(struct state_waiting *w);
/* Up to max of those that wait the longest, in their order, owned by the caller from now on;
 * NULL: there is none. */
struct state_waiting *state_queue_take(size_t max);
/* Waits until `until`, in milliseconds of CLOCK_MONOTONIC, until the queue is closed, or, where
 * asked for, until there is something to take. Whoever puts something in wakes nobody who has
 * not asked for it. */
void state_queue_wait(int64_t until, bool for_something);
/* How many were dropped since the last call. */
uint64_t state_queue_dropped(void);
/* Nothing is put in from now on; what is in it can be taken. */
void state_queue_close(void);
bool state_queue_closed(void);

#endif
