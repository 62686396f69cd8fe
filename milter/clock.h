/* clock - what time it is, for everything in the daemon. Thread-safe. */
#ifndef FXM_CLOCK_H
#define FXM_CLOCK_H

#include "event.h"

#include <pthread.h>

/* Both clocks, as events and records have them: microseconds. */
struct fx_time clock_now(void);
/* Milliseconds of the monotonic clock, for time limits. */
int64_t clock_ms(void);

/* A condition whose waits end by that clock; false: it could not be made. */
bool clock_condition(pthread_cond_t *condition);
/* The end of such a wait: clock_ms() at that moment. */
struct timespec clock_at(int64_t ms);

#endif
