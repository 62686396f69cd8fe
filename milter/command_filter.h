/* command_filter - the daemon as Postfix's smtpd_command_filter: a socketmap server in a thread
 * of its own.
 *
 * It asks the policy in force for each command, without the client's address, since Postfix
 * tells none; and counts the commands. What goes wrong here does not touch mail filtering.
 * All functions are thread-safe.
 */
#ifndef FXM_COMMAND_FILTER_H
#define FXM_COMMAND_FILTER_H

#include "rewrite.h"

/* Starts the thread on a socket that listens, non-blocking; it takes the socket over. false: no
 * thread. Once in a process. */
bool command_filter_start(int listener);
/* false, *counts untouched: it is not running. */
bool command_filter_counts(struct fx_command_counts *counts);
/* One line about what was counted, where it is running. */
void command_filter_say_counts(void);
/* What of the configuration in force it cannot follow, where it is running. */
void command_filter_say_limits(void);

#endif
