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
/* Takes the sighting over, whatever becomes of it. */
void state_queue_put(struct fx_sighting *sighting);
/* The one that waits the longest, owned by the caller from now on; false: there is none. */
bool state_queue_take(struct fx_sighting *out);
/* Waits until `until`, in milliseconds of CLOCK_MONOTONIC, until the queue is closed, or, where
 * asked for, until there is something to take. */
void state_queue_wait(int64_t until, bool for_something);
/* How many were dropped since the last call. */
uint64_t state_queue_dropped(void);
/* Nothing is put in from now on; what is in it can be taken. */
void state_queue_close(void);
bool state_queue_closed(void);

#endif
