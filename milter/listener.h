/* listener - a socket that the daemon listens on: mode, group, owner, and stale unix sockets.
 */
#ifndef FXM_LISTENER_H
#define FXM_LISTENER_H

#include "settings.h"

#include <sys/socket.h>

/* The path of a unix socket, "unix:/path" or "local:/path"; NULL for any other. */
const char *listener_path(const char *socket);
/* The address of `socket`, of a checked configuration; false, with errno, when there is none,
 * as of a host that cannot be resolved. For the start: may ask the resolver. */
bool listener_address(const char *socket, struct sockaddr_storage *to, socklen_t *length);
/* Whether `socket` is on loopback, or need not be (milter.allow_remote); else it is said. The
 * reader of the configuration takes "localhost" for loopback, the resolver has the last word. */
bool listener_allowed(const char *socket, const struct fx_settings *settings);
/* Something is at that path, and not just a stale socket: one at which a connection is refused
 * outright. Never waits. */
bool listener_in_use(const char *path);
/* Gives a unix socket its group (milter.socket_group); its mode it has from the umask at bind.
 * The folder may be another's, so that links are not followed. 0 or a sysexits code, the reason
 * said. Not thread-safe (getgrnam). */
int listener_give_to_group(const char *path, const struct fx_settings *settings);

/* Opens `socket`, of a checked configuration, and listens, non-blocking and closed on exec; a
 * stale unix socket is removed. 0 and *fd, or a sysexits code, the reason said. For the start,
 * before there are threads: changes the umask for a moment. */
int listener_open(const char *socket, const struct fx_settings *settings, int *fd);

#endif
