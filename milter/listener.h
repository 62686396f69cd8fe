/* listener - a socket that the daemon listens on: mode, group, owner, and stale unix sockets.
 */
#ifndef FXM_LISTENER_H
#define FXM_LISTENER_H

#include "settings.h"

/* The path of a unix socket, "unix:/path" or "local:/path"; NULL for any other. */
const char *listener_path(const char *socket);
/* Somebody answers at that path: the socket is not stale. */
bool listener_answers(const char *path);
/* Gives a unix socket its group and mode (milter.socket_group, milter.socket_mode). 0 or a
 * sysexits code, the reason said. */
int listener_give_to_group(const char *path, const struct fx_settings *settings);

/* Opens `socket`, of a checked configuration, and listens, non-blocking and closed on exec; a
 * stale unix socket is removed. 0 and *fd, or a sysexits code, the reason said. */
int listener_open(const char *socket, const struct fx_settings *settings, int *fd);

#endif
