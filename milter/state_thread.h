/* state_thread - the one user of the state store: a thread of its own.
 *
 * It compares what the sessions leave behind (trail.h), looks at what is due, and writes what
 * is known then into the log. Where the store can, what comes within 50 ms is one step. A store that is slow, full, locked or gone is said once and tried
 * again; mail never waits for it.
 */
#ifndef FXM_STATE_THREAD_H
#define FXM_STATE_THREAD_H

#include "settings.h"
#include "state_queue.h"

/* With the store of the settings, which is opened by the thread: as the user that the daemon is
 * by now, and with the log open. false: no memory, or no thread. */
bool state_start(const struct fx_settings *settings);
/* Takes it over, as state_queue_put. Returns at once; thread-safe. */
void state_see(struct state_waiting *sighting);
/* Works off what is there, for a short time, and closes the store. Nothing is written into the
 * log by the thread afterwards. Nothing to do where it was not started. */
void state_stop(void);

#endif
