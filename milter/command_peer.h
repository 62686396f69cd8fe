/* command_peer - one connection to the command filter: octets in, answers out, never waiting.
 *
 * All memory of a connection is in this one object, and its time is limited in everything but
 * being idle. Times are monotonic milliseconds, given by the caller. Belongs to one thread.
 */
#ifndef FXM_COMMAND_PEER_H
#define FXM_COMMAND_PEER_H

#include "socketmap.h"

struct command_peer;

/* Adds the reply to one request to *out, at most COMMAND_PEER_REPLY octets. */
#define COMMAND_PEER_REPLY FX_SOCKETMAP_REPLY_MAX(FX_SOCKETMAP_KEPT + 80)
typedef void command_peer_answer(const struct fx_socketmap_request *request,
                                 struct fx_text *out);

/* Takes over fd, which is non-blocking. NULL, fd still the caller's: no memory. */
struct command_peer *command_peer_create(int fd, command_peer_answer *answer, int64_t now);
void command_peer_destroy(struct command_peer *p); /* closes it, too */
int command_peer_fd(const struct command_peer *p);
/* What to wait for with poll(2). */
short command_peer_events(const struct command_peer *p);
/* When it has to have its turn even if nothing happens; INT64_MAX: never. */
int64_t command_peer_deadline(const struct command_peer *p);
/* What would be lost with it: a request or an answer on its way; one that is about to be read,
 * or is expected of somebody who has just come; nothing, and since when. *since is left alone
 * for BUSY. */
enum command_peer_rest { COMMAND_PEER_BUSY, COMMAND_PEER_SOON, COMMAND_PEER_IDLE };
enum command_peer_rest command_peer_rest(const struct command_peer *p, int64_t now,
                                         int64_t *since);
/* Reads, answers and writes what goes without waiting. false: it is over, destroy it; *fault is
 * set once, when it is of the peer's making (static storage), else left alone. */
bool command_peer_turn(struct command_peer *p, short revents, int64_t now, const char **fault);

#endif
