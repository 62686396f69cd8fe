/* log_queue - records on their way to the log, where no answer waits for them (durability
 * "async").
 *
 * Bounded in number and octets. Thread-safe; one taker.
 */
#ifndef FXM_LOG_QUEUE_H
#define FXM_LOG_QUEUE_H

#include "record.h"

/* Before anything else. false: no condition variable. */
bool log_queue_open(void);
/* Puts a copy in. false: there is no room, or no memory. */
bool log_queue_put(const struct fx_record *record);
/* The one that waits the longest, borrowed until log_queue_drop; NULL: there is none. */
const struct fx_record *log_queue_first(void);
/* Takes that one out. */
void log_queue_drop(void);
uint64_t log_queue_count(void);
/* Waits until `until` (clock_ms), or until there is something that was put in after the last wait,
 * or until log_queue_wake. */
void log_queue_wait(int64_t until);
void log_queue_wake(void);

#endif
