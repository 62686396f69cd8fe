/* process - the daemon as a process: detached, on its sockets. */
#ifndef FXM_PROCESS_H
#define FXM_PROCESS_H

#include "settings.h"

#include <stdbool.h>
#include <sys/types.h>

/* Closes what the caller left open beyond the three of stdio: a file of root's that somebody
 * forgot would stay readable past all that the daemon gives up. Needs Linux 5.9. */
void process_close_inherited(void);
/* Splits into a background process and the one that was called. The latter waits here until the
 * daemon is ready or has failed and exits with its status, so that a failing start is seen. */
bool process_detach(void);
/* Tells the waiting caller that all is well. Nothing to do in the foreground. */
void process_ready(void);

/* Raises the limit of descriptors as far as it may be: each session takes one, and without any
 * libmilter asks for the next connection over and over. */
void process_raise_limit(void);

/* Opens the milter socket and, where there is to be one, that of the command filter, each with
 * its mode and group. *filter is the latter's descriptor, or -1. 0 or a sysexits code, the
 * reason said. */
int process_open_sockets(const struct fx_settings *settings, int *filter);
/* The unix sockets made so far become this user's. 0 or a sysexits code, the reason said. */
int process_give_sockets(uid_t uid, const char *user);
/* Removes the unix sockets that process_open_sockets made. */
void process_remove_sockets(void);
/* Writes the stop record, removes the unix sockets and ends the process, without the
 * destructors of libraries: libmilter's threads are still alive. Only one caller gets through.
 */
void process_end(int code);
/* Says of each setting that is used at start only and differs that it stays. */
void process_tell_kept(const struct fx_settings *before, const struct fx_settings *after);

#endif
