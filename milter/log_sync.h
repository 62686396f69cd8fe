/* log_sync - group commit: sessions that wait for the disk share one fdatasync(2).
 *
 * Whoever finds none running starts one, for all records written by then; who comes meanwhile
 * waits for the next. All functions are called with the log's lock held and return with it.
 */
#ifndef FXM_LOG_SYNC_H
#define FXM_LOG_SYNC_H

#include "log_writer.h"

#include <pthread.h>

/* Gives the lock back while it waits. false: the record numbered seq, which is written, may not be
 * on disk; errno says why. */
bool log_sync_wait(pthread_mutex_t *lock, struct log_writer *w, uint64_t seq);
/* Nobody waits any more: before the log goes on elsewhere, with other numbers. */
void log_sync_finish(pthread_mutex_t *lock, struct log_writer *w);

#endif
