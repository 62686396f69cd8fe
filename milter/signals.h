/* signals - HUP, USR1, TERM and INT, taken by one thread of ours.
 *
 * HUP: read again, check, then swap. USR1: reopen the log. TERM, INT: drain, then stop; a
 * second one stops at once.
 */
#ifndef FXM_SIGNALS_H
#define FXM_SIGNALS_H

#include "origin.h"

/* Blocks the signals in this thread and those it will start. Call before any thread exists. */
void signals_block(void);
/* Starts the thread; *origin is borrowed for the life of the process. false: no thread. */
bool signals_start(const struct origin *origin);

#endif
