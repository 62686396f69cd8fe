/* state_sqlite - the state store in an SQLite file.
 *
 * Several processes may use one file. A file that belongs to something else, or to another
 * version of this, is left alone and is a failure.
 */
#ifndef FXM_STATE_SQLITE_H
#define FXM_STATE_SQLITE_H

#include "state.h"

/* At most max values. The file is made where there is none, mode 0600, its folder is not; all
 * that at the first use, so there is nothing here that can fail but memory (NULL). */
struct fx_state *state_sqlite(const char *path, size_t max);

#endif
