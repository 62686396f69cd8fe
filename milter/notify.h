/* notify - tells a service manager how far the daemon is, by the protocol of sd_notify(3): one
 * datagram with lines NAME=VALUE, to the unix socket that $NOTIFY_SOCKET names.
 *
 * Without that variable, or once the manager is gone, nothing is told and nothing fails. What
 * is told is made of our own words and numbers only. All but notify_open may be called by any
 * thread.
 */
#ifndef FXM_NOTIFY_H
#define FXM_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Connects to the socket, and takes the variable out of the environment. Before there are
 * threads, and before privileges are dropped: afterwards the path may be out of reach. */
void notify_open(void);
/* Connections are accepted. detached: this is not the process that was started. */
void notify_ready(bool detached);
/* The configuration is being read again; to be followed by notify_reloaded. */
void notify_reloading(void);
/* good: the new one is in force; else the old one stays. */
void notify_reloaded(bool good);
/* The end has begun, and may take `ms` milliseconds and what it takes to close the log. */
void notify_stopping(int64_t ms);

#endif
